"""What a crawl, an import or a check tells whoever started it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

GOOD = ("ok", "empty", "truncated")


def counted(count: int, thing: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


@dataclass(slots=True)
class RunReport:
    """One run's end. ``counts`` has the columns of ``runs`` and some finer ones; ``seconds`` is wall time.

    ``status`` is that of the ``runs`` row: ok, failed, blocked, empty or truncated; ``message`` says it in words.
    """

    run_id: str
    spider: str
    source: str
    status: str
    message: str
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    rejected: dict[str, int] = field(default_factory=dict)  # reason to rows, where known
    withheld: dict[str, int] = field(default_factory=dict)  # what kept them out to rows, of an import

    @property
    def good(self) -> bool:
        """Whether it may count as done: not failed and not blocked."""
        return self.status in GOOD

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


@dataclass(slots=True)
class Address:
    """One of the addresses that a crawl begins with, and why it may not be fetched, if it may not."""

    url: str
    why_not: str | None = None


@dataclass(slots=True)
class SourceCheck:
    """What a crawl of a source may do. ``seconds`` lie between two requests, of which ``concurrency`` run at once."""

    source: str
    kind: str
    seconds: float
    concurrency: int
    crawl_delay: float = 0.0  # seconds, of robots.txt
    unreachable: bool = False  # robots.txt, so that nothing is allowed
    addresses: list[Address] = field(default_factory=list)
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> SourceCheck:
        """Back from JSON values."""
        return cls(**{**told, "addresses": [Address(**one) for one in told["addresses"]]})
