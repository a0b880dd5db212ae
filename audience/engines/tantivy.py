"""The embedded engine: bitmaps and columns beside a Tantivy index of words, all in one folder.

People are found and counted by their bitmaps; orders, facets and signatures are taken off columns by the uids found. Tantivy
is asked for phrases and for relevance alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from audience.engines.account_places import AccountPlaces
from audience.engines.base import CELLS, MAX_LIMIT, MAX_OFFSET, After, Hit, Order, Scope, owned, read_row
from audience.engines.found import Finder
from audience.engines.member_rows import MemberRows
from audience.engines.orders import Found, by_key, by_levels, by_standing
from audience.engines.people import uids_of
from audience.engines.person_numbers import UNKNOWN, PersonNumbers
from audience.engines.person_values import PersonValues
from audience.engines.tantivy_files import COLUMNS, WIDTHS
from audience.engines.tantivy_values import Values
from audience.engines.terms import LISTABLE, Terms
from audience.engines.vectors import Vector, Vectors, unpacked
from audience.engines.word_search import WordSearch
from audience.query.asked import interests, words
from audience.query.model import AudienceQuery

# To look at one value's bitmap takes as long as to look at so many numbers of people.
_NUMBERS_A_BITMAP = 7_000


class TantivyEngine:
    """A reader of one written index; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the files are damaged."""
        self._words = WordSearch(folder)
        self._terms = Terms(folder)
        self._numbers = PersonNumbers(folder)
        self._accounts = AccountPlaces(folder)
        self._rows = MemberRows(folder)
        self._values = Values(folder)
        self._people = PersonValues(folder, self._values.numbers())
        self.vectors = Vectors(folder)
        self._finder = Finder(self._terms, self._numbers, self._accounts, self._words, self.persons)

    @property
    def persons(self) -> int:
        """Everybody in the index."""
        return self._words.persons

    def count(self, query: AudienceQuery, scope: Scope) -> int:
        """How many persons the query finds."""
        return len(self._finder.found(query, scope))

    def search(
        self,
        query: AudienceQuery,
        scope: Scope,
        limit: int,
        after: After | None = None,
        order: Order = Order.RELEVANCE,
        listable_only: bool = False,
        like: Vector | None = None,
    ) -> list[Hit]:
        """The found persons that follow ``after``, at most ``limit`` of them. ValueError beyond bounds.

        One above MAX_LIMIT is let through: it tells whether there is a next page.
        """
        if not 0 < limit <= MAX_LIMIT + 1:
            raise ValueError(f"limit is 1 to {MAX_LIMIT:,}")
        people = self._listed(query, scope, listable_only)
        asked = words(query) if order is Order.RELEVANCE else []
        levels = interests(query) if order in (Order.RELEVANCE, Order.LEVELS) else []
        if like is not None:
            found = unpacked(self.vectors.first(like, uids_of(people), limit, after.uid if after else None))
        elif asked:
            phrases = [(tuple(scope.cut(node.value)), node.phrase) for node in asked]
            found = self._by_words(people, phrases, limit, after)
        elif levels:
            ladders = [self._finder.ladder(field, value) for field, value in levels]
            found = by_levels(people, ladders, self.persons, limit, after)
        elif order in (Order.LAST_ACTIVE, Order.FOLLOWERS):
            uids = uids_of(people)
            found = by_key(uids, self._numbers.of(order.value)[uids].astype(np.int64), limit, after)
        else:
            found = by_standing(people, limit, after)
        return [self._hit(order, uid, key) for uid, key in found]

    def facets(
        self, query: AudienceQuery, scope: Scope, fields: Iterable[str], size: int
    ) -> dict[str, dict[str, int]]:
        """Persons by value, for each field the ``size`` most frequent values."""
        people, names = self._finder.found(query, scope), list(fields)
        uids = uids_of(people)
        counts: dict[str, dict[str, int]] = {}
        for column, held in COLUMNS.items():
            if asked := [field for field in held if field in names]:
                counts |= self._column(column, asked, people, uids, size)
        return {name: counts[name] for name in names}

    def signature(self, query: AudienceQuery, scope: Scope, cells: int = CELLS) -> NDArray[np.int64]:
        """The sum of the found persons' ``mark`` in each cell, or in ``cells`` neighbourhoods of cells."""
        uids = uids_of(self._finder.found(query, scope))
        cell, mark = (self._numbers.of(name).take(uids) for name in ("cell", "mark"))
        # Marks are below 2^32: as floating numbers their sums are exact up to two million people a cell.
        sums = np.bincount(cell // (CELLS // cells), weights=mark, minlength=cells)
        return sums.astype(np.int64)

    def among(self, query: AudienceQuery, scope: Scope, uids: Sequence[int]) -> list[int]:
        """Which of these persons the query finds."""
        return list(self._finder.found(query, scope) & BitMap(uids))

    def everyone(self, query: AudienceQuery, scope: Scope, listable_only: bool = True) -> Iterable[Hit]:
        """Every found person (that may be listed), in order of standing; rows are read one by one."""
        for uid in self._listed(query, scope, listable_only):
            yield self._hit(Order.INFLUENCE, uid, 0.0)

    def texts(self, query: AudienceQuery, scope: Scope) -> Iterable[bytes]:
        """The stored rows of every found person that may be listed, in order of standing, as the JSON that they are."""
        return map(self._rows.__getitem__, self._listed(query, scope, True))

    def uids(self, query: AudienceQuery, scope: Scope, listable_only: bool = True) -> NDArray[np.int64]:
        """Every found person (that may be listed), in order of standing."""
        return uids_of(self._listed(query, scope, listable_only))

    def owners(self, accounts: Sequence[str]) -> dict[str, int]:
        """The uid of the person to whom each of these accounts belongs, of those that are in the index."""
        uids = self._accounts.uids(accounts).tolist()
        return owned(accounts, (self._hit(Order.INFLUENCE, uid, 0.0) for uid in uids))

    def places(self, person_ids: Sequence[str]) -> dict[str, int]:
        """The uid of each of these persons that is in the index."""
        hits = [self._hit(Order.INFLUENCE, uid, 0.0) for uid in self._accounts.uids(person_ids).tolist()]
        wanted = set(person_ids)
        return {hit.row["person_id"]: hit.uid for hit in hits if hit.row["person_id"] in wanted}

    def _listed(self, query: AudienceQuery, scope: Scope, listable_only: bool) -> BitMap:
        people = self._finder.found(query, scope)
        return people & self._terms.people(LISTABLE, "") if listable_only else people

    def _column(
        self, column: str, asked: Sequence[str], people: BitMap, uids: NDArray[np.int64], size: int
    ) -> dict[str, dict[str, int]]:
        """Fields of one column, by whichever is less to look at: the values of those found, or the people of each value."""
        values = {field: self._values.of_field(field) for field in asked}
        if sum(map(len, values.values())) * _NUMBERS_A_BITMAP < WIDTHS[column] * len(uids):
            told = {
                field: sorted(self._terms.counts(field, people), key=lambda pair: -pair[1]) for field in asked
            }
            return {field: dict(pairs[:size]) for field, pairs in told.items()}
        counts = self._people.counts(column, uids)
        return {field: _most(values[field], counts[field], size) for field in asked}

    def _by_words(
        self,
        people: BitMap,
        asked: Sequence[tuple[tuple[str, ...], bool]],
        limit: int,
        after: After | None,
    ) -> Found:
        first = after.seen if after else 0
        if first > MAX_OFFSET:
            raise ValueError(f"relevance is paged up to {MAX_OFFSET:,}")
        return self._words.best(asked, people, first, first + limit)

    def _hit(self, order: Order, uid: int, key: float) -> Hit:
        row = read_row(self._rows[uid])
        if order is Order.INFLUENCE:
            key = UNKNOWN if row["influence"] is None else row["influence"]
        return Hit(uid, key, row)


def _most(values: Sequence[str], counts: NDArray[np.int64], size: int) -> dict[str, int]:
    """The ``size`` most frequent values that somebody has."""
    people = counts.tolist()
    if np.count_nonzero(counts) <= size:
        return dict(zip(compress(values, people), filter(None, people), strict=True))
    best = np.argsort(-counts, kind="stable")[:size].tolist()
    return {values[number]: people[number] for number in best}
