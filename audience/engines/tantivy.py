"""The embedded engine: Tantivy. It is handed only queries that the model has capped, and never text to parse.

Tantivy can end the process on deep nesting, huge limits or its own query syntax, so every number and depth is bounded
before it gets here, and words arrive cut into terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Query

from audience.engines.account_places import AccountPlaces
from audience.engines.base import CELLS, MAX_LIMIT, MAX_OFFSET, After, Hit, Order, Scope, read_row
from audience.engines.member_rows import MemberRows
from audience.engines.person_values import PersonValues
from audience.engines.tantivy_compile import Compiler, both, climbed, of_sum, scored, without
from audience.engines.tantivy_index import PACKED, TERMS, packed, register, term, unpacked
from audience.engines.tantivy_values import Values, columns_of
from audience.query.asked import interests, words
from audience.query.model import MAX_LEVEL, AudienceQuery

_MAX_BUCKETS = 60_000  # the engine refuses 65,000
# Where so large a part of everybody is found, a field is counted faster by its values' lists of people than by
# the found people's values, if the field has no more values than a part of the found.
_LARGE_SHARE, _FOUND_A_VALUE = 0.2, 100
# So many people beyond those asked for are looked at for ties of level sums: more are faster asked for once more.
_TIES = 2_000
# Of no more people than these, facets are counted off the numbers beside the index: from 2,000 to 5,000 on, by how
# many fields are asked for, the engine is faster.
_FEW = 2_000
_ASCENDING = tantivy.Order.Asc

# uid and explicit key of each person found.
Found = list[tuple[int, float]]


class TantivyEngine:
    """A reader of one written index; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        register(self._index)
        self._accounts = AccountPlaces(folder)
        self._compiler = Compiler(self._index.schema, self._accounts)
        self._searcher = self._index.searcher()
        self._rows = MemberRows(folder)
        self._values = Values(folder)
        self._people = PersonValues(folder)

    @property
    def persons(self) -> int:
        """Everybody in the index."""
        return int(self._searcher.num_docs)

    def count(self, query: AudienceQuery, scope: Scope) -> int:
        """How many persons the query finds."""
        return self._count(self._compiler.query(query, scope))

    def search(
        self,
        query: AudienceQuery,
        scope: Scope,
        limit: int,
        after: After | None = None,
        order: Order = Order.RELEVANCE,
        listable_only: bool = False,
    ) -> list[Hit]:
        """The found persons that follow ``after``, at most ``limit`` of them. ValueError beyond bounds.

        One above MAX_LIMIT is let through: it tells whether there is a next page.
        """
        if not 0 < limit <= MAX_LIMIT + 1:
            raise ValueError(f"limit is 1 to {MAX_LIMIT:,}")
        compiled = self._compiler.query(query, scope)
        if listable_only:
            compiled = self._compiler.listable(compiled)
        asked = words(query) if order is Order.RELEVANCE else []
        levels = interests(query) if order in (Order.RELEVANCE, Order.LEVELS) else []
        if asked:
            found = self._by_words(
                scored(compiled, [self._compiler.words(node, scope) for node in asked]), limit, after
            )
        elif levels:
            found = self._by_levels(compiled, self._compiler.ladders(levels), limit, after)
        elif order in PACKED:
            found = self._by_packed(compiled, PACKED[order], limit, after)
        else:
            found = self._by_standing(compiled, limit, after.uid + 1 if after else 0)
        return [self._hit(order, uid, key) for uid, key in found]

    def facets(
        self, query: AudienceQuery, scope: Scope, fields: Iterable[str], size: int
    ) -> dict[str, dict[str, int]]:
        """Persons by value, for each field the ``size`` most frequent values."""
        compiled, size, names = self._compiler.query(query, scope), min(size, _MAX_BUCKETS), list(fields)
        found = self._count(compiled)
        large = found > _LARGE_SHARE * self.persons
        by_value = [
            name for name in names if large and len(self._values.of_field(name)) * _FOUND_A_VALUE < found
        ]
        by_person = [name for name in names if name not in by_value]
        uids = self._uids_of(compiled, found) if found <= _FEW else None
        counts = {name: self._by_value(compiled, name, size) for name in by_value}
        for column in columns_of(by_person):
            numbers = (
                self._numbers_of_many(compiled, column)
                if uids is None
                else self._people.counts(column, uids, len(self._values.of_column(column)))
            )
            counts |= self._values.named(column, numbers, by_person, size)
        return {name: counts[name] for name in names}

    def _count(self, compiled: Query) -> int:
        return int(self._searcher.search(compiled, limit=1, count=True).count)  # type: ignore[attr-defined]

    def _uids_of(self, compiled: Query, found: int) -> NDArray[np.int64]:
        """Everybody of a query that finds so many."""
        return np.array(self._ascending(compiled, "uid", max(1, found)), dtype=np.int64)

    def _numbers_of_many(self, compiled: Query, column: str) -> NDArray[np.int64]:
        """How many of those found have each number of a column, as the engine counts them."""
        asked = {"terms": {"field": column, "size": _MAX_BUCKETS, "segment_size": _MAX_BUCKETS}}
        buckets = self._searcher.aggregate(compiled, {column: asked})[column]["buckets"]
        counts = np.zeros(len(self._values.of_column(column)), dtype=np.int64)
        for bucket in buckets:
            counts[int(bucket["key"])] = bucket["doc_count"]
        return counts

    def _by_value(self, compiled: Query, name: str, size: int) -> dict[str, int]:
        """A field counted off the lists of people that each of its values has."""
        counts = dict(self._searcher.terms_with_prefix(TERMS, term(name, ""), compiled))
        met = ((value, counts.get(term(name, value), 0)) for value in self._values.of_field(name))
        return dict(sorted((pair for pair in met if pair[1]), key=lambda pair: -pair[1])[:size])

    def signature(self, query: AudienceQuery, scope: Scope, cells: int = CELLS) -> NDArray[np.int64]:
        """The sum of the found persons' ``mark`` in each cell, or in ``cells`` neighbourhoods of cells."""
        width = CELLS // cells
        asked = {
            "cells": {
                "histogram": {"field": "cell", "interval": width},
                "aggs": {"sum": {"sum": {"field": "mark"}}},
            }
        }
        answer = self._searcher.aggregate(self._compiler.query(query, scope), asked)
        sums = np.zeros(cells, dtype=np.int64)
        for bucket in answer["cells"]["buckets"]:
            sums[int(bucket["key"]) // width] = int(bucket["sum"]["value"])
        return sums

    def among(self, query: AudienceQuery, scope: Scope, uids: Sequence[int]) -> list[int]:
        """Which of these persons the query finds."""
        if not uids:
            return []
        these = both(self._compiler.query(query, scope), self._compiler.these(uids))
        found = self._searcher.search(these, limit=len(uids), count=False, order_by_field="uid")
        return [uid for uid, _ in found.hits]

    def everyone(self, query: AudienceQuery, scope: Scope, listable_only: bool = True) -> Iterable[Hit]:
        """Every found person (that may be listed), in order of standing; rows are read one by one."""
        for uid in self._everyone(query, scope, listable_only):
            yield self._hit(Order.INFLUENCE, uid, 0.0)

    def texts(self, query: AudienceQuery, scope: Scope) -> Iterable[bytes]:
        """The stored rows of every found person that may be listed, in order of standing, as the JSON that they are."""
        return map(self._rows.__getitem__, self._everyone(query, scope, True))

    def _everyone(self, query: AudienceQuery, scope: Scope, listable_only: bool) -> list[int]:
        compiled = self._compiler.query(query, scope)
        if listable_only:
            compiled = self._compiler.listable(compiled)
        return self._ascending(compiled, "uid", max(1, self.persons))

    def places(self, person_ids: Sequence[str]) -> dict[str, int]:
        """The uid of each of these persons that is in the index."""
        hits = [self._hit(Order.INFLUENCE, uid, 0.0) for uid in self._accounts.uids(person_ids).tolist()]
        wanted = set(person_ids)
        return {hit.row["person_id"]: hit.uid for hit in hits if hit.row["person_id"] in wanted}

    def _by_standing(self, compiled: Query, limit: int, first: int) -> Found:
        if first:
            compiled = both(compiled, self._compiler.number("uid", first))
        return [(uid, 0.0) for uid in self._ascending(compiled, "uid", limit)]

    def _by_packed(self, compiled: Query, field: str, limit: int, after: After | None) -> Found:
        if after is not None:
            compiled = both(compiled, self._compiler.number(field, packed(int(after.key), after.uid) + 1))
        return [(unpacked(place), 0.0) for place in self._ascending(compiled, field, limit)]

    def _by_levels(
        self, compiled: Query, ladders: list[list[Query]], limit: int, after: After | None
    ) -> Found:
        """By level sum: what is left of the sum where the page before ended, then those of lower sums."""
        found: Found = []
        if after is not None:
            level = int(after.key)
            found = self._of_level(compiled, ladders, level, limit, after.uid + 1)
            if level == 0 or len(found) == limit:
                return found
            compiled = without(compiled, of_sum(level, ladders))
        return found + self._highest(compiled, ladders, limit - len(found))

    def _highest(self, compiled: Query, ladders: list[list[Query]], limit: int) -> Found:
        """Those of the highest level sums."""
        if len(ladders) == 1:
            return self._down(compiled, ladders, MAX_LEVEL, limit)
        hits = self._searcher.search(climbed(compiled, ladders), limit=limit + _TIES, count=False).hits
        if len(hits) < limit + _TIES or round(hits[-1][0]) < round(hits[limit - 1][0]):
            return self._best(hits, 0, limit)
        last = round(hits[limit - 1][0])
        above = self._best([hit for hit in hits[:limit] if round(hit[0]) > last], 0, limit)
        return above + self._down(compiled, ladders, last, limit - len(above))

    def _down(self, compiled: Query, ladders: list[list[Query]], level: int, limit: int) -> Found:
        """Those of one level sum, then those of the next lower ones, until there are enough."""
        found: Found = []
        for each in range(level, -1, -1):
            found += self._of_level(compiled, ladders, each, limit - len(found), 0)
            if len(found) == limit:
                break
        return found

    def _of_level(
        self, compiled: Query, ladders: list[list[Query]], level: int, limit: int, first: int
    ) -> Found:
        """Those of one level sum, in order of standing."""
        same = both(compiled, of_sum(level, ladders)) if level else compiled
        if level < sum(map(len, ladders)):
            same = without(same, of_sum(level + 1, ladders))
        return [(uid, float(level)) for uid, _ in self._by_standing(same, limit, first)]

    def _by_words(self, compiled: Query, limit: int, after: After | None) -> Found:
        """By score. Ties are fetched whole, then put in order of standing."""
        first = after.seen if after else 0
        if first > MAX_OFFSET:
            raise ValueError(f"relevance is paged up to {MAX_OFFSET:,}")
        need = first + limit
        fetch = need + 64
        while True:
            hits = self._searcher.search(compiled, limit=fetch, count=False).hits
            if len(hits) < fetch or hits[-1][0] < hits[need - 1][0]:
                break
            fetch *= 4
        return self._best(hits, first, need)

    def _best(self, hits: list[tuple[float, Any]], first: int, last: int) -> Found:
        """Places ``first`` to ``last`` of these hits, by score and then by standing."""
        uids = self._uids([address for _, address in hits])
        scores = np.asarray([score for score, _ in hits])
        best = np.lexsort((uids, -scores))[first:last]
        return [(int(uids[i]), float(scores[i])) for i in best]

    def _uids(self, addresses: list[Any]) -> NDArray[np.int64]:
        return np.asarray(self._searcher.fast_field_values("uid", addresses), dtype=np.int64).reshape(-1)

    def _ascending(self, compiled: Query, field: str, limit: int) -> list[int]:
        found = self._searcher.search(
            compiled, limit=limit, count=False, order_by_field=field, order=_ASCENDING
        )
        return [number for number, _ in found.hits]

    def _hit(self, order: Order, uid: int, key: float) -> Hit:
        row = read_row(self._rows[uid])
        if order in (Order.INFLUENCE, Order.LAST_ACTIVE, Order.FOLLOWERS):
            key = -1 if row[order.value] is None else row[order.value]
        return Hit(uid, key, row)
