"""What the parts of one crawl share: its policy, its frontier, its limits, its counts."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from crawlers.frontier import Frontier, Leased
from crawlers.pace import Pace
from lake.raw import RawRows
from privacy.errors import RenqunError
from privacy.home import Home
from privacy.policies import Policies, Policy

_AHEAD = timedelta(days=1)  # no post is of a time later than this from now
_BROKEN = 8  # failures in a row, none of them told apart by an answer, after which a source counts as down


class Writer(Protocol):
    """What a job needs of ``lake.writer.BatchWriter``."""

    def add(self, raw: RawRows, ack: Any) -> None:
        """Take rows in; ``ack`` comes back once they are on disk."""

    def flush(self) -> None:
        """Wait until everything is on disk."""

    def close(self, tidy: bool = True) -> None:
        """Flush and let go."""


@dataclass(slots=True)
class Job:
    """One crawl of one source by one spider.

    ``max_pages``, ``max_items`` and ``max_minutes`` of 0 mean no limit. ``counts`` has the columns of ``runs`` and what
    the spiders count besides; ``decisions`` counts each decision under a slash name (``robotstxt/forbidden``).
    """

    home: Home
    policy: Policy
    policies: Policies
    spider: str
    run_id: str
    base_url: str
    frontier: Frontier
    writer: Writer
    since: datetime | None = None
    conditional: bool = False  # the crawl before looked as far, in the same way, and ended well
    max_pages: int = 0
    max_items: int = 0
    max_minutes: float = 0.0
    ask_limit: tuple[int, str] | None = None  # how many requests the source allows in all, and what it says
    counts: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)
    stop_reason: str = ""
    first_failure: str = ""
    first_refusal: str = ""
    first_block: str = ""
    failures_in_a_row: int = 0
    checks_in_a_row: int = 0
    newest: datetime | None = None
    fatal: BaseException | None = None
    went_on: str = ""  # that what was asked for of late counts for the next crawl only, in words
    waiting: bool = False  # whether the last look into the frontier found nothing to hand out
    snapshots: list[datetime] = field(default_factory=list)  # the hour of each row of a hot list
    paces: dict[str, Pace] = field(default_factory=dict)  # by host; what its answers say of their limits

    def next_ask(self) -> Leased | None:
        """Lease an ask, unless the job must stop. A frontier that can't be used any more ends the job."""
        if self.must_stop():
            return None
        try:
            leased = self.frontier.take()
        except RenqunError as error:
            self.broke(error)
            return None
        self.waiting = leased is None
        self.counts["asked"] += leased is not None
        return leased

    def must_stop(self) -> bool:
        """Whether no further request may be handed out: a limit is reached, the source is down, or a write failed."""
        if not self.stop_reason:
            self.stop_reason = self._limit() or ""
        return bool(self.stop_reason)

    def _limit(self) -> str | None:
        if self.max_pages and self.counts["asked"] >= self.max_pages:
            return f"the limit of {self.max_pages} pages was reached"
        if self.ask_limit and self.counts["asked"] >= self.ask_limit[0]:
            return self.ask_limit[1]
        if self.max_items and self.counts["items"] >= self.max_items:
            return f"the limit of {self.max_items} items was reached"
        if self.is_late():
            return f"the limit of {self.max_minutes:g} minutes was reached"
        return None

    def is_late(self) -> bool:
        """Whether the crawl's time is up."""
        return bool(self.max_minutes) and time.monotonic() - self.started >= self.max_minutes * 60

    def saw(self, moment: datetime) -> None:
        """Note the time of a post: a later crawl needs to look no further back than the newest that can be."""
        if (self.newest is None or moment > self.newest) and moment <= datetime.now(UTC) + _AHEAD:
            self.newest = moment

    def succeeded(self) -> None:
        """A page was read."""
        self.failures_in_a_row = self.checks_in_a_row = 0

    def stop(self, reason: str) -> None:
        """Ask for nothing more; what waits is left for the next crawl. The first reason counts."""
        self.stop_reason = self.stop_reason or reason

    def broke(self, error: BaseException) -> None:
        """Rows could not be kept: stop asking for more."""
        self.fatal = self.fatal or error
        self.stop(str(error))

    def failed(self, reason: str) -> None:
        """A page could not be fetched or read; many in a row mean that the source is down, so stop asking."""
        self.first_failure = self.first_failure or reason
        self.failures_in_a_row += 1
        if self.failures_in_a_row >= _BROKEN:
            self.stop(f"{self.failures_in_a_row} requests in a row failed ({reason})")

    def decide(self, decision: str, times: float = 1) -> None:
        """Count a decision under its slash name; those that end in ``seconds`` add up a time."""
        self.decisions[decision] += times  # type: ignore[assignment]

    def refused(self, reason: str, decision: str) -> None:
        """A request or page was not allowed, by robots.txt, the policy or the page itself."""
        self.counts["forbidden"] += 1
        self.decide(decision)
        self.first_refusal = self.first_refusal or reason

    def blocked(self, reason: str, ours: bool) -> None:
        """The source refused a page; ``ours`` where it refuses whoever asks, so that many in a row end the crawl."""
        self.counts["blocked"] += 1
        self.first_block = self.first_block or reason
        self.checks_in_a_row = self.checks_in_a_row + 1 if ours else 0
        if self.checks_in_a_row >= _BROKEN:
            self.stop(f"{self.checks_in_a_row} requests in a row were blocked ({reason})")
