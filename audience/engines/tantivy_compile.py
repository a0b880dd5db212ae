"""Audience queries to Tantivy's query objects. Tantivy never gets text to parse: its own syntax can end the process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache
from itertools import chain

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import FieldType, Occur, Query

from audience.engines.account_places import AccountPlaces
from audience.engines.base import Scope
from audience.engines.tantivy_index import BLOCK, LISTABLE, PACKED, TERMS, UID_BLOCK, UID_PLACE, between, term
from audience.query.model import (
    MAX_LEVEL,
    Active,
    AudienceQuery,
    Brand,
    Condition,
    Followers,
    Influence,
    Interest,
    Posted,
    Words,
)
from lake.counted import counted_term

_LEVEL_FIELD = {"tag": "level", "parent": "parent_level"}


class Compiler:
    """Compiles against one index's schema, and the accounts beside it."""

    def __init__(self, schema: tantivy.Schema, accounts: AccountPlaces) -> None:
        self._schema = schema
        # Who is withheld changes seldom, and is asked for by every count and page.
        self._gone = lru_cache(maxsize=2)(lambda blocked: self._people_of(accounts.uids(blocked)))

    def query(self, query: AudienceQuery, scope: Scope) -> Query:
        """The whole query; whoever is withheld meets none."""
        compiled = self._group(query, scope)
        gone = self._gone(frozenset(scope.blocked)) if scope.blocked else None
        return compiled if gone is None else without(compiled, gone)

    def listable(self, compiled: Query) -> Query:
        """Of those found, the people who may be listed."""
        return both(compiled, self._term(LISTABLE, ""))

    def these(self, uids: Iterable[int]) -> Query:
        """Exactly these people, of whom there is at least one."""
        places: dict[int, list[int]] = {}
        for uid in uids:
            block, place = divmod(int(uid), BLOCK)
            places.setdefault(block, []).append(place)
        return at_least(
            1,
            [
                both(
                    self._term(UID_BLOCK, str(block)),
                    at_least(1, [self._term(UID_PLACE, str(place)) for place in within]),
                )
                for block, within in places.items()
            ],
        )

    def _people_of(self, uids: NDArray[np.int64]) -> Query | None:
        return self.these(uids.tolist()) if len(uids) else None

    def number(self, field: str, low: int | None, high: int | None = None) -> Query:
        """People whose number lies between ``low`` and ``high``; one of them is not None."""
        return Query.range_query(self._schema, field, FieldType.Unsigned, low, high)

    def words(self, node: Words, scope: Scope) -> Query:
        """People with these words in recent posts."""
        found = list(scope.cut(node.value))
        if not found:
            return Query.empty_query()
        if node.phrase and len(found) > 1:
            return Query.phrase_query(self._schema, "words", list(found))
        return both(*(Query.term_query(self._schema, "words", word) for word in found))

    def ladders(self, interests: Sequence[tuple[str, str]]) -> list[list[Query]]:
        """For each interest a query a level, the lowest first: each finds whoever the next one finds."""
        return [
            [self._term(_LEVEL_FIELD[field], f"{value}>={level}") for level in range(1, MAX_LEVEL + 1)]
            for field, value in interests
        ]

    def _group(self, query: AudienceQuery, scope: Scope) -> Query:
        # A boolean query of exclusions alone finds nothing, so everybody is always its first part.
        parts = [(Occur.Must, filtering(Query.all_query()))]
        parts += [(Occur.Must, self._node(node, scope)) for node in query.all]
        parts += [(Occur.MustNot, self._node(node, scope)) for node in query.none]
        if query.any:
            parts.append((Occur.Must, at_least(1, [self._node(node, scope) for node in query.any])))
        return Query.boolean_query(parts)

    def _node(self, node: Condition | AudienceQuery, scope: Scope) -> Query:
        match node:
            case AudienceQuery():
                return self._group(node, scope)
            case Interest():
                return self._interest(node)
            case Words():
                return self.words(node, scope)
            case Posted():
                return self._term("counted", counted_term(node.value, node.days, node.min))
            case Brand(mood=str()):
                return self._term("mood", f"{node.value}{node.mood}")
            case Active():
                since = int((scope.as_of - timedelta(days=node.days)).timestamp())
                return self.number(PACKED["last_active"], *between(since, None))
            case Followers():
                return self.number(PACKED["followers"], *between(node.min, node.max))
            case Influence():
                return self.number(node.field, node.min, node.max)
            case _:
                return self._term(node.field, node.value)

    def _interest(self, node: Interest) -> Query:
        field = _LEVEL_FIELD[node.field]
        found = self._term(field, f"{node.value}>={node.min}")
        if node.max >= MAX_LEVEL:
            return found
        above = self._term(field, f"{node.value}>={node.max + 1}")
        return Query.boolean_query([(Occur.Must, found), (Occur.MustNot, above)])

    def _term(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, TERMS, term(field, value), index_option="basic")


def filtering(query: Query) -> Query:
    """``query`` without a say in the score."""
    return Query.const_score_query(query, 0.0)


def both(*queries: Query) -> Query:
    """What all of them find."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def without(query: Query, refused: Query) -> Query:
    """What ``query`` finds and ``refused`` does not."""
    return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, refused)])


def at_least(number: int, queries: Sequence[Query]) -> Query:
    """What at least ``number`` of them find."""
    return Query.boolean_query(
        [(Occur.Should, query) for query in queries], minimum_number_should_match=number
    )


def of_sum(level: int, ladders: Sequence[Sequence[Query]]) -> Query:
    """Whose levels of these interests come to at least ``level`` together."""
    if len(ladders) == 1:
        return ladders[0][level - 1]
    return at_least(level, list(chain.from_iterable(ladders)))


def climbed(compiled: Query, ladders: Sequence[Sequence[Query]]) -> Query:
    """What ``compiled`` finds, scored by the sum of the levels.

    Each level is only looked at where the one below is met, and none but for people found: side by side, the levels' lists
    would be read from end to end, however few are found.
    """
    query = filtering(compiled)
    for ladder in ladders:
        top: list[tuple[Occur, Query]] = []
        for step in reversed(ladder):
            rung = Query.const_score_query(step, 1.0)
            top = [(Occur.Should, Query.boolean_query([(Occur.Must, rung), *top]))]
        query = Query.boolean_query([(Occur.Must, query), *top])
    return query


def scored(compiled: Query, by: Sequence[Query]) -> Query:
    """What ``compiled`` finds, scored by the sum of ``by`` alone."""
    parts = [(Occur.Must, filtering(compiled)), *((Occur.Should, query) for query in by)]
    return Query.boolean_query(parts)
