"""What a search engine must do. It is exact, and knows nothing of k or roles: disclosure stands in front of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from audience.engines.vectors import Vector, Vectors
from audience.query.model import AudienceQuery

if TYPE_CHECKING:
    import polars as pl

    # Gives all of ``audience.index.people.person_batches`` each time it is called.
    Batches: TypeAlias = Callable[[], Iterable[pl.DataFrame]]

FACET_FIELDS = (
    "tag",
    "parent",
    "region",
    "source",
    "activity",
    "customer",
    "community",
    "follows",
    "engaged",
    "topic",
    "intent",
    "benefit",
    "style",
    "brand",
    "hour",
    "kind",
    "value",
    "gender",
    "age",
    "education",
    "occupation",
)
TERM_FIELD = "term"
# Which facts of a person the user's touchpoints told, not the person's own page: ``gender:f``. Counted to say of how many.
TOLD_FIELD = "told"
COUNTED_FIELDS = (*FACET_FIELDS, TERM_FIELD, TOLD_FIELD)
# Exact terms that conditions look up and nobody counts: ``露营>=3``, ``户外>=2``, ``露营/30>=3``, ``山野集+``, ``ID@2``.
LOOKUP_FIELDS = ("level", "parent_level", "counted", "mood", "segment")
# Where the strengths of an interest and of a top interest are looked up.
LEVEL_FIELDS = {"tag": "level", "parent": "parent_level"}
# Each person has at most one value of these.
SINGLE_VALUED = frozenset({"activity", "customer", "value", "gender", "age", "education"})
# Everybody falls into one of so many cells by chance: what audiences are compared by (:mod:`audience.disclosure.answered`).
CELLS = 512
MAX_LIMIT = 1_000
# Relevance to words is paged by offset, up to here; every other order is paged by its keys, without end.
MAX_OFFSET = 100_000


class Order(StrEnum):
    """How members are ordered; ties always go by standing: influence, last activity, then id (the ``uid``).

    ``relevance``: how well recent posts fit the words that the query asks for (BM25); as ``levels`` where it asks for
    none. ``levels``: sum of the person's levels of the interests that the query asks for. ``influence``: standing
    itself. ``last_active`` and ``followers``: the highest first, people without one last. ``lookalike``: likeness to a
    vector, people without one last.
    """

    RELEVANCE = "relevance"
    LEVELS = "levels"
    INFLUENCE = "influence"
    LAST_ACTIVE = "last_active"
    FOLLOWERS = "followers"
    LOOKALIKE = "lookalike"


@dataclass(frozen=True, slots=True)
class Hit:
    """A found person: place in the order of standing, the explicit key of the order asked for, and the stored row.

    ``key``: BM25 score, level sum, influence, seconds, followers or likeness (``audience.engines.vectors``); -1, or
    UNLIKE, where the person has none.
    """

    uid: int
    key: float
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class After:
    """Where a page ended: the last hit's key and uid, and how many hits came before the next."""

    key: float
    uid: int
    seen: int


@dataclass(frozen=True)
class Scope:
    """What a query is read with: the moment it is asked for, how words are cut, and who is left out of everything."""

    as_of: datetime
    cut: Callable[[str], Sequence[str]]
    blocked: Collection[str] = frozenset()


class Engine(Protocol):
    """An index of persons that answers exactly."""

    @property
    def persons(self) -> int:
        """Everybody in the index."""
        ...

    @property
    def vectors(self) -> Vectors:
        """What each of them is like."""
        ...

    def count(self, query: AudienceQuery, scope: Scope) -> int:
        """How many persons the query finds."""
        ...

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

        ``like`` is what the order ``lookalike`` goes by.
        """
        ...

    def uids(self, query: AudienceQuery, scope: Scope, listable_only: bool = True) -> NDArray[np.int64]:
        """Every found person (that may be listed), in order of standing."""
        ...

    def owners(self, accounts: Sequence[str]) -> dict[str, int]:
        """The uid of the person to whom each of these accounts belongs, of those that are in the index."""
        ...

    def among(self, query: AudienceQuery, scope: Scope, uids: Sequence[int]) -> list[int]:
        """Which of these persons the query finds."""
        ...

    def everyone(self, query: AudienceQuery, scope: Scope, listable_only: bool = True) -> Iterable[Hit]:
        """Every found person (that may be listed), in order of standing."""
        ...

    def texts(self, query: AudienceQuery, scope: Scope) -> Iterable[bytes]:
        """The stored rows of every found person that may be listed, in order of standing, as the JSON that they are."""
        ...

    def places(self, person_ids: Sequence[str]) -> dict[str, int]:
        """The uid of each of these persons that is in the index."""
        ...

    def facets(
        self, query: AudienceQuery, scope: Scope, fields: Iterable[str], size: int
    ) -> dict[str, dict[str, int]]:
        """Persons by value, for each field the ``size`` most frequent values."""
        ...

    def signature(self, query: AudienceQuery, scope: Scope, cells: int = CELLS) -> NDArray[np.int64]:
        """The sum of the found persons' ``mark`` in each of the ``CELLS`` cells, or in ``cells`` neighbourhoods of them.

        ``cells`` divides CELLS.
        """
        ...


class Store(Protocol):
    """Where an engine keeps its indices. Each belongs to a folder of the home, which names it for good."""

    name: ClassVar[str]
    # Whether the files are on this machine, and nothing else is asked for an answer.
    embedded: ClassVar[bool]

    def __hash__(self) -> int:
        """Stores of the same place are one: readers are kept by it."""
        ...

    def layout(self) -> str:
        """Changes whenever an index written before can no longer be read."""
        ...

    def write(self, folder: Path, batches: Batches) -> int:
        """Write a whole new index for a new folder; returns the number of persons."""
        ...

    def open(self, folder: Path) -> Engine:
        """A reader. Raises NotMinedError where the index is gone or damaged."""
        ...

    def is_whole(self, folder: Path) -> bool:
        """Whether the index is there and opens: quick, without reading it."""
        ...

    def is_reachable(self) -> bool:
        """Whether what answers from the indices can be asked now: known within two seconds."""
        ...

    def publish(self, folder: Path) -> None:
        """Show this index to those who read by a fixed name, in place of the one before."""
        ...

    def remove_others(self, folder: Path) -> None:
        """Remove all indices of this home but this one: old ones that nobody reads, and what killed builds left."""
        ...


def level_term(interest: str, level: int) -> str:
    """``露营>=3``: who has the interest at this level or above."""
    return f"{interest}>={level}"


def owned(accounts: Collection[str], people: Iterable[Hit]) -> dict[str, int]:
    """The uid of each of these accounts that belongs to one of these people."""
    wanted = set(accounts)
    return {account: hit.uid for hit in people for account in hit.row["accounts"] if account in wanted}


def read_row(text: bytes | str) -> dict[str, Any]:
    """A stored member row: its aligned lists become ``levels`` (tag to level) and ``evidence`` (tag to post ids)."""
    row: dict[str, Any] = orjson.loads(text)
    tags = row.pop("tags")
    row["levels"] = dict(zip(tags, row["levels"], strict=True))
    row["evidence"] = dict(zip(tags, row["evidence"], strict=True))
    return row
