"""What a search engine must do. It is exact, and knows nothing of k or roles: disclosure stands in front of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from audience.query.model import AudienceQuery

FACET_FIELDS = (
    "tag",
    "parent",
    "region",
    "source",
    "activity",
    "community",
    "follows",
    "engaged",
    "topic",
    "intent",
    "hour",
    "kind",
)
TERM_FIELD = "term"
# Each person has at most one value of these.
SINGLE_VALUED = frozenset({"activity"})
MAX_LIMIT = 1_000
MAX_OFFSET = 100_000


class Order(StrEnum):
    """How members are ordered; ties always go by standing: influence, last activity, then id.

    ``relevance``: sum of the person's levels of the interests that the query asks for.
    """

    RELEVANCE = "relevance"
    STANDING = "standing"


@dataclass(slots=True)
class PersonDoc:
    """One person as it is indexed: all linked accounts taken together, strongest level first."""

    person_id: str
    accounts: list[str]
    listable: bool
    name: str | None
    values: dict[str, list[str]]  # facet field or ``term`` to its values
    levels: dict[str, int]  # second-level tags
    parent_levels: dict[str, int]
    evidence: dict[str, list[str]]
    influence: int
    followers: int | None
    last_active: int | None  # seconds
    words: list[str] = field(default_factory=list)  # one string an account, words joined by spaces

    def shown(self) -> dict[str, Any]:
        """What a member row needs, stored with the document."""
        return {
            "person_id": self.person_id,
            "accounts": self.accounts,
            "listable": self.listable,
            "name": self.name,
            "sources": self.values["source"],
            "regions": self.values["region"],
            "activity": next(iter(self.values["activity"]), None),
            "communities": self.values["community"],
            "follows": self.values["follows"],
            "intents": self.values["intent"],
            "kinds": self.values["kind"],
            "influence": self.influence,
            "followers": self.followers,
            "last_active": self.last_active,
            "levels": self.levels,
            "evidence": self.evidence,
        }


@dataclass(frozen=True, slots=True)
class Hit:
    """A found person: position in the order of standing, relevance, and the stored row."""

    uid: int
    score: int
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Scope:
    """What a query is read with: the moment it is asked for, how words are cut, and who is left out of everything."""

    as_of: datetime
    cut: Callable[[str], Sequence[str]]
    blocked: Collection[str] = frozenset()


class Engine(Protocol):
    """An index of persons that answers exactly."""

    def count(self, query: AudienceQuery, scope: Scope) -> int:
        """How many persons the query finds."""
        ...

    def search(
        self,
        query: AudienceQuery,
        scope: Scope,
        limit: int,
        offset: int = 0,
        order: Order = Order.RELEVANCE,
        listable_only: bool = False,
    ) -> list[Hit]:
        """The found persons from ``offset`` on, at most ``limit`` of them."""
        ...

    def among(self, query: AudienceQuery, scope: Scope, uids: Sequence[int]) -> list[int]:
        """Which of these persons the query finds."""
        ...

    def everyone(self, query: AudienceQuery, scope: Scope) -> Iterable[Hit]:
        """Every found person that may be listed, in order of standing."""
        ...

    def facets(
        self, query: AudienceQuery, scope: Scope, fields: Iterable[str], size: int
    ) -> dict[str, dict[str, int]]:
        """Persons by value, for each field the ``size`` most frequent values."""
        ...
