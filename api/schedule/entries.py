"""``schedule.toml``: one table a source says what crawls it and when; ``[retention]`` when old rows are removed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from crawlers.registry import SPIDERS
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.policies import load_policies

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
RETENTION = "retention"
_EVERY = re.compile(r"([1-9]\d{0,4})([smhd])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One source's schedule: ``every`` so long after the last start, or at the times that ``cron`` says.

    ``parameters`` are those of ``renqun crawl``. That of retention has ``source`` RETENTION and no spider.
    """

    source: str
    when: str  # as people wrote it
    every: timedelta | None
    zone: ZoneInfo
    spider: str = ""
    parameters: dict[str, str] = field(default_factory=dict)

    def next_after(self, moment: datetime) -> datetime:
        """When it is due next, given when it last started."""
        if self.every is not None:
            return moment + self.every
        due: datetime = next(CronSim(self.when, moment.astimezone(self.zone)))
        return due.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """All sources; ``mine`` after crawls that went well, at most ``at_once`` crawls side by side."""

    entries: dict[str, Entry] = field(default_factory=dict)
    retention: Entry | None = None
    mine: bool = False
    at_once: int = 2
    frontier: str | None = None

    @property
    def timed(self) -> dict[str, Entry]:
        """All that has a time: the sources, and retention last."""
        return self.entries | ({RETENTION: self.retention} if self.retention else {})


def load_schedule(home: Home) -> Schedule:
    """Read ``schedule.toml``; no file means no entry. Raises BadInputError with the fault."""
    try:
        with home.schedule.open("rb") as file:
            told = tomllib.load(file)
    except FileNotFoundError:
        return Schedule()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"{home.schedule} is not valid TOML: {error}.") from error
    tables = {name: value for name, value in told.items() if isinstance(value, dict)}
    rest = {name: value for name, value in told.items() if name not in tables}
    if unknown := sorted(set(rest) - {"mine", "at_once", "frontier"}):
        raise _fault(
            home,
            f"{unknown[0]!r} is unknown; it knows mine, at_once, frontier, [retention] and one [table] a source",
        )
    mine, at_once, frontier = rest.get("mine", False), rest.get("at_once", 2), rest.get("frontier")
    if type(mine) is not bool or type(at_once) is not int or at_once < 1:
        raise _fault(home, "mine is true or false, at_once a number from 1")
    if not isinstance(frontier, str | None):
        raise _fault(home, "frontier is the address of a Redis server, in quotes")
    kinds = {policy.source: policy.kind for policy in load_policies(home)} if tables else {}
    retention = _retention(home, tables.pop(RETENTION), kinds) if RETENTION in tables else None
    entries = {name: _entry(home, name, table, kinds) for name, table in tables.items()}
    return Schedule(entries, retention, mine, at_once, frontier)


def _retention(home: Home, table: dict[str, Any], kinds: dict[str, str]) -> Entry:
    if RETENTION in kinds:
        raise _fault(home, "[retention] says when old rows are removed: no source of that name can be here")
    given = dict(table)
    entry = Entry(RETENTION, *_timing(home, RETENTION, given))
    if given:
        raise _fault(home, f"[retention] knows every, cron and timezone, not {min(given)!r}")
    return entry


def _entry(home: Home, source: str, table: dict[str, Any], kinds: dict[str, str]) -> Entry:
    given = dict(table)
    if source not in kinds:
        raise _fault(home, f"[{source}] has no policy entry in sources.toml")
    spider = given.pop("spider", kinds[source])
    if spider not in SPIDERS:
        raise _fault(home, f"[{source}] names no spider: spider = one of {', '.join(SPIDERS)}")
    timing = _timing(home, source, given)
    if odd := sorted(name for name, value in given.items() if type(value) not in (str, int, float)):
        raise _fault(
            home, f'[{source}] {odd[0]} must be a text or a number (where it is on or off: "yes" or "no")'
        )
    parameters = {name.replace("-", "_"): str(value) for name, value in given.items()}
    return Entry(source, *timing, spider, parameters)


def _timing(home: Home, name: str, given: dict[str, Any]) -> tuple[str, timedelta | None, ZoneInfo]:
    """Takes out of a table what says when: as it is written, the interval if it is one, the time zone."""
    every, cron = given.pop("every", None), given.pop("cron", None)
    if (every is None) == (cron is None):
        raise _fault(home, f'[{name}] needs either every = "6h" or cron = "15 */6 * * *"')
    try:
        zone = ZoneInfo(given.pop("timezone", "UTC"))
    except (KeyError, ValueError, OSError, TypeError) as error:  # KeyError: not found
        raise _fault(home, f"[{name}] names an unknown timezone") from error
    return str(cron if every is None else every), _interval(home, name, every, cron), zone


def _interval(home: Home, source: str, every: Any, cron: Any) -> timedelta | None:
    """The length of ``every``, or None where ``cron`` is a good expression."""
    if every is not None:
        found = _EVERY.fullmatch(str(every))
        if found is None:
            raise _fault(home, f"[{source}] every is written 30m, 6h or 1d, not {every!r}")
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    try:
        next(CronSim(str(cron), datetime.now(UTC)))
    except (CronSimError, StopIteration) as error:
        raise _fault(
            home, f"[{source}] cron = {cron!r} can't be read: {error or 'it never comes'}"
        ) from error
    return None


def _fault(home: Home, what: str) -> BadInputError:
    return BadInputError(f"{home.schedule}: {what}.", "docs/operations.md shows how it is written.")
