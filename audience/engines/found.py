"""Audience queries to sets of people: exact values and numbers are looked up beside the index, phrases asked of Tantivy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from pyroaring import BitMap

from audience.engines.account_places import AccountPlaces
from audience.engines.base import LEVEL_FIELDS, Scope, level_term
from audience.engines.orders import Ladder
from audience.engines.people import everybody, people_of
from audience.engines.person_numbers import PersonNumbers
from audience.engines.terms import WORD, Terms
from audience.engines.word_search import WordSearch
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

# One answer asks for its people several times: their count, some in order, their facets, their signature.
_KEPT = 32


class Finder:
    """Finds the people of queries in one index. The sets it gives are shared: whoever changes one copies it first."""

    def __init__(
        self, terms: Terms, numbers: PersonNumbers, accounts: AccountPlaces, words: WordSearch, persons: int
    ) -> None:
        self._terms, self._numbers, self._words = terms, numbers, words
        self._everybody = everybody(persons)
        # Who is withheld changes seldom, and is asked for by every count and page.
        self._gone = lru_cache(maxsize=2)(lambda blocked: people_of(accounts.uids(blocked)))
        self._kept = lru_cache(_KEPT)(self._found)

    def found(self, query: AudienceQuery, scope: Scope) -> BitMap:
        """Whom the query finds; whoever is withheld meets none."""
        return self._kept(query, scope.as_of, scope.cut, frozenset(scope.blocked))

    def ladder(self, field: str, value: str) -> Ladder:
        """Who has an interest, by level: each set is read when it is asked for."""
        return lambda level: self._terms.people(LEVEL_FIELDS[field], level_term(value, level))

    def _found(
        self,
        query: AudienceQuery,
        as_of: datetime,
        cut: Callable[[str], Sequence[str]],
        blocked: frozenset[str],
    ) -> BitMap:
        found = self._group(query, Scope(as_of, cut))
        return found - self._gone(blocked) if blocked else found

    def _group(self, query: AudienceQuery, scope: Scope) -> BitMap:
        must = [self._node(node, scope) for node in query.all]
        if query.any:
            must.append(BitMap.union(*(self._node(node, scope) for node in query.any)))
        found = BitMap.intersection(*must) if must else self._everybody
        return found.difference(*(self._node(node, scope) for node in query.none)) if query.none else found

    def _node(self, node: Condition | AudienceQuery, scope: Scope) -> BitMap:
        match node:
            case AudienceQuery():
                return self._group(node, scope)
            case Interest():
                return self._interest(node)
            case Words():
                return self._with_words(node, scope)
            case Posted():
                return self._terms.people("counted", counted_term(node.value, node.days, node.min))
            case Brand(mood=str()):
                return self._terms.people("mood", f"{node.value}{node.mood}")
            case Active():
                since = int((scope.as_of - timedelta(days=node.days)).timestamp())
                return self._numbers.between("last_active", since, None)
            case Followers() | Influence():
                return self._numbers.between(node.field, node.min, node.max)
            case _:
                return self._terms.people(node.field, node.value)

    def _interest(self, node: Interest) -> BitMap:
        field = LEVEL_FIELDS[node.field]
        found = self._terms.people(field, level_term(node.value, node.min))
        if node.max >= MAX_LEVEL:
            return found
        return found - self._terms.people(field, level_term(node.value, node.max + 1))

    def _with_words(self, node: Words, scope: Scope) -> BitMap:
        """People with these words in recent posts; of a phrase only those who have all of its words are looked for."""
        asked = list(scope.cut(node.value))
        if not asked:
            return BitMap()
        found = BitMap.intersection(*(self._terms.people(WORD, word) for word in asked))
        return found & self._words.phrase(tuple(asked)) if node.phrase and len(asked) > 1 and found else found
