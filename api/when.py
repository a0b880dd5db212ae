"""Moments as people type them: ``30d``, ``36h``, ``2025-06-01``, or a full ISO time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from privacy.errors import BadInputError

LOCAL = ZoneInfo("Asia/Shanghai")
_AGO = re.compile(r"(\d{1,5})\s*([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def span(text: str) -> timedelta | None:
    """``36h``, ``30d`` or ``4w`` as a length of time; None when ``text`` isn't one."""
    found = _AGO.fullmatch(text.strip().lower())
    return int(found[1]) * _UNITS[found[2]] if found else None


def moment(text: str, now: datetime | None = None) -> datetime:
    """A moment in UTC. A length counts back from ``now``; a time without a zone is Asia/Shanghai's.

    `BadInputError` for anything else.
    """
    back = span(text)
    if back is not None:
        return (now or datetime.now(UTC)).astimezone(UTC) - back
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInputError(
            f"{text!r} is not a time", "write 30d, 36h, 2025-06-01 or 2025-06-01T08:00"
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=LOCAL)).astimezone(UTC)
