"""The contract of a frontier, whoever keeps it: leased when handed out, done when the rows are committed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawlers.protocols.page import Ask

if TYPE_CHECKING:
    from crawlers.frontier.pace import SharedPace

Memory = tuple[str, str]  # a key and a value that outlive the crawl, but for keys that begin with PASSING
PASSING = "~"


def memory_name(name: Callable[[str], str], key: str) -> str:
    """A memory key as it is kept: hashed by ``name``, and still to be told where it ends with its generation."""
    return f"{PASSING}{name(key)}" if key.startswith(PASSING) else name(key)


@dataclass(slots=True, order=True)
class Leased:
    """An ask that was handed out; ``id`` is what acknowledges it. Sorts by priority, then age."""

    rank: int
    id: int
    ask: Ask = field(compare=False)
    version: Memory | None = field(default=None, compare=False)  # of the answer, to keep with its rows


@dataclass(frozen=True, slots=True)
class Receipt:
    """A page whose rows are committed: the ask to close, why it failed if it did, and what to remember of it."""

    ask_id: int
    reason: str | None = None
    remember: tuple[Memory, ...] = ()


class Frontier(ABC):
    """One crawl's queue and duplicate filter, over its *generations*: each goes from the first asks to the last page.

    - ``take`` leases an ask; ``acknowledge`` closes it, and may only be called once the rows of its page are committed.
      What a worker held when it died is asked again, so a page may be fetched twice, and none is lost.
    - The asks that a page led to are written with its acknowledgement or before it.
    - An address is asked once a generation. It is known by a keyed hash: the address itself, which may name a person,
      is emptied when its page is done.
    - Facts and memory outlive the generation. Memory whose key begins with ``PASSING`` ends with it: what may name a
      person, and is of use to this crawl alone.

    ``acknowledge`` may be called from another thread than the rest.
    """

    pace: SharedPace | None = None  # where several workers keep one pace
    warning = ""  # what whoever runs the crawl should know of how the frontier is kept
    shared = False  # whether other processes may work on the same frontier at once
    resumed = False  # whether ``begin`` found an unfinished generation
    unchanged = 0  # asks left out, since their page is remembered as it still is

    @abstractmethod
    def begin(self, run_id: str, facts: Mapping[str, str]) -> bool:
        """Go on with an unfinished generation (True), or start a new one with an empty queue and these facts (False)."""

    @abstractmethod
    def workers(self) -> set[str]:
        """The runs that are at work on this frontier, but for those that fell silent."""

    @property
    @abstractmethod
    def generation(self) -> int:
        """How many crawls this frontier has begun."""

    @abstractmethod
    def fact(self, key: str) -> str | None:
        """What an earlier part of this crawl, or an earlier crawl, noted."""

    @abstractmethod
    def note(self, key: str, value: str) -> None:
        """Note a fact."""

    @abstractmethod
    def remembered(self, key: str) -> str | None:
        """The value kept for a memory key by an acknowledged page of this or an earlier crawl."""

    @abstractmethod
    def outcome(self, url: str) -> str | None:
        """What became of an address in this generation: "" when done, why it failed, None while unknown or open."""

    @abstractmethod
    def put(self, asks: Iterable[Ask]) -> None:
        """Take new asks in. Known addresses and pages remembered as unchanged are left out."""

    @abstractmethod
    def take(self) -> Leased | None:
        """Lease the most urgent ask, or None when there is none to hand out now."""

    @abstractmethod
    def acknowledge(self, receipts: Iterable[Receipt]) -> None:
        """Close asks whose rows are committed, together with all asks that are still unwritten.

        A failed ask is asked again when the generation is resumed, and its page is not remembered.
        """

    @abstractmethod
    def pending(self) -> bool:
        """Whether asks wait to be handed out, or may yet come from another worker's pages."""

    @abstractmethod
    def unfinished(self) -> int:
        """How many asks are neither done nor failed."""

    @abstractmethod
    def failures(self) -> int:
        """How many asks of this generation failed or were refused."""

    @abstractmethod
    def finish(self) -> bool:
        """Close the generation, so that the next crawl starts anew; addresses of failed asks go too.

        True for the one worker that closed it, False where asks are unfinished or another worker was first.
        """

    @abstractmethod
    def close(self) -> None:
        """Write what is unwritten and let go; asks that are still leased are asked again."""
