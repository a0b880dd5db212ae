"""When each source was last crawled for the schedule, or retention enforced, and how that went: restarts miss nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.schedule.entries import Entry, Schedule
from lake.locks import Claim
from privacy.errors import UnavailableError
from privacy.home import Home
from privacy.policies import write_text

RUNNING, INTERRUPTED = "running", "interrupted"


@dataclass(slots=True)
class Last:
    """An entry's last start, of a crawl or of retention; ``since`` is when the schedule first knew it. Times are UTC, ISO 8601."""

    since: str
    started: str | None = None
    ended: str | None = None
    status: str = ""
    message: str = ""

    def due(self, entry: Entry) -> datetime:
        """When it is due next: at once where the last one was cut off, or where an interval has none yet.

        Times that were missed count once, since the next is reckoned from the last start.
        """
        if self.started is None:
            since = datetime.fromisoformat(self.since)
            return since if entry.every is not None else entry.next_after(since)
        started = datetime.fromisoformat(self.started)
        return started if self.ended is None else entry.next_after(started)


def now() -> str:
    """This moment."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def load_state(home: Home, schedule: Schedule) -> dict[str, Last]:
    """What is known of each entry's source. Raises UnavailableError where the file is damaged."""
    try:
        told = json.loads(home.schedule_state.read_text("utf-8"))
        known = {name: Last(**last) for name, last in told.items()}
    except FileNotFoundError:
        known = {}
    except (ValueError, TypeError, AttributeError) as error:
        raise UnavailableError(
            f"{home.schedule_state} is damaged: {error}.",
            "Remove it: every source is then crawled as if new.",
        ) from error
    return {name: known.get(name) or Last(now()) for name in schedule.timed}


def save_state(home: Home, state: dict[str, Last]) -> None:
    """Keep what is known, at once."""
    told = {name: asdict(last) for name, last in state.items()}
    write_text(home, home.schedule_state, json.dumps(told, ensure_ascii=False, indent=1))


def claim(home: Home) -> Claim:
    """The right to run this home's schedule. Raises ConflictError where a process has it."""
    return Claim(_lock(home), "running the schedule of this home already")


def is_running(home: Home) -> bool:
    """Whether a process runs this home's schedule."""
    return Claim.is_held(_lock(home))


def _lock(home: Home) -> Path:
    return home.root / ".schedule.lock"
