"""Windows of time as people write them: ``30d``, ``2025-06-01``; days are those of Asia/Shanghai."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import polars as pl

from privacy.errors import BadInputError

LOCAL = ZoneInfo("Asia/Shanghai")
_SPAN = re.compile(r"(\d{1,4})([hdw])\Z")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = timedelta(days=366)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def window(
    since: str | datetime, until: str | datetime | None, latest: datetime | None
) -> tuple[datetime, datetime]:
    """The half-open window [since, until) in UTC. ``latest`` is the last hour collected: where it ends by default.

    A date means its midnight, so ``2025-06-01`` to ``2025-06-08`` is seven days. Raises BadInputError.
    """
    default = (latest or datetime.now(UTC)) + timedelta(hours=1)
    end = default if until is None else moment(until, default)
    start = moment(since, end)
    if start >= end:
        raise BadInputError(
            "the window is empty: it ends before it begins", "give an earlier since or a later until"
        )
    if end - start > _LONGEST:
        raise BadInputError("the window is longer than a year", "ask for a shorter one")
    return start, end


def moment(text: str | datetime, end: datetime) -> datetime:
    """The moment in UTC that is written as a date, a time, or so long before ``end``.

    Raises BadInputError for what is no time, or one outside the years 2000 to 2099.
    """
    if isinstance(text, datetime):
        at = text
    else:
        span = _SPAN.match(text.strip().lower())
        if span is not None:
            return end - int(span[1]) * _UNITS[span[2]]
        try:
            at = datetime.fromisoformat(text.strip())
        except ValueError:
            raise BadInputError(
                f"{text!r} is not a time", "write 30d, 36h or a date such as 2025-06-01"
            ) from None
    at = at if at.tzinfo else at.replace(tzinfo=LOCAL)
    if not EARLIEST <= at < LATEST:
        raise BadInputError(f"{text} lies outside the years 2000 to 2099", "write a date such as 2025-06-01")
    return at.astimezone(UTC)


def every(start: Any, end: Any, grain: str, closed: Literal["left", "both"] = "left") -> pl.Series:
    """Every hour or day from one moment to another, as UTC microseconds."""
    step = "1h" if grain == "hour" else "1d"
    return pl.datetime_range(start, end, step, closed=closed, time_unit="us", eager=True)
