"""Which values of a field may be told of an audience: each of at least k people, and none that the others give away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import TypeAlias

from audience.engines.base import SINGLE_VALUED
from audience.index.opened import OpenIndex
from audience.query.asked import certain
from audience.query.model import AudienceQuery
from audience.tags.interests import taxonomy
from privacy.disclosure import Disclosure

# Exact numbers of people by value.
Counts: TypeAlias = Mapping[str, int]


def counted_for(fields: Iterable[str]) -> tuple[str, ...]:
    """The fields to count so that it can be said which values of ``fields`` may be told."""
    return tuple(dict.fromkeys((*fields, *(("tag",) if "parent" in fields else ()))))


class Telling:
    """The values that may be told of an audience of ``total`` people, the one that ``query`` finds.

    What is told never hangs on whether few people are left over or nobody is: else it would tell which.
    """

    def __init__(self, index: OpenIndex, query: AudienceQuery, total: int, disclosure: Disclosure) -> None:
        self._index, self._query, self._total, self._disclosure = index, query, total, disclosure

    def of(self, field: str, counts: Mapping[str, Counts]) -> list[str]:
        """The values of a field, out of the counts of all fields that ``counted_for`` names."""
        found, certain = counts[field], self._certain.get(field, frozenset())
        told = self._disclosure.telling(found, self._total, certain)
        if field in SINGLE_VALUED and certain.isdisjoint(told):
            every = self._index.splits.get(field, frozenset())
            return self._disclosure.parts(most_first(told, found), found, self._total, every)
        if field == "parent":
            children = {tag: counts["tag"][tag] for tag in self.of("tag", counts)}
            return [
                value for value in told if value in certain or self._is_apart(value, found[value], children)
            ]
        return told

    @cached_property
    def _certain(self) -> Mapping[str, frozenset[str]]:
        """Field to the values that everybody in the audience has by the query itself."""
        known: dict[str, set[str]] = {}
        for field, value in certain(self._query):
            known.setdefault(field, set()).add(value)
        for tag in known.get("tag", ()):
            if parent := self._parent_of.get(tag):
                known.setdefault("parent", set()).add(parent)
        return {field: frozenset(values) for field, values in known.items()}

    @property
    def _parent_of(self) -> Mapping[str, str]:
        return taxonomy(self._index.home).parent_of

    def _is_apart(self, parent: str, people: int, children: Counts) -> bool:
        """Whether at least k people have this top interest without each one of the told tags below it.

        A tag that everybody with the top interest has, in the whole index, tells nothing besides.
        """
        every = self._index.baseline
        return all(
            not self._disclosure.hidden(people - number)
            for tag, number in children.items()
            if self._parent_of.get(tag) == parent and every["tag"].get(tag) != every["parent"].get(parent)
        )


def most_first(values: Collection[str], counts: Counts) -> list[str]:
    """By count, the highest first, then by value."""
    return sorted(sorted(values), key=counts.__getitem__, reverse=True)
