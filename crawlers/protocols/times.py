"""Times as pages for people show them: ``2024-3-5 10:20``, ``3 分钟前``, ``昨天 10:20``, ISO 8601, Unix seconds.

A relative time is only as exact as its unit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

_DATE = re.compile(
    r"(?P<year>\d{4})\s?[-/.年]\s?(?P<month>\d{1,2})\s?[-/.月]\s?(?P<day>\d{1,2})\s?日?"
    r"(?:\s*(?P<half>上午|下午|凌晨|晚上)?\s*T?(?P<hour>\d{1,2})[:：时](?P<minute>\d{2})(?:[:：分](?P<second>\d{2}))?"
    r"\s*(?P<english>[AaPp]\.?[Mm]\.?)?)?"
)
_AGO = re.compile(
    r"(?P<number>\d{1,5}|半|an?|half an?)\s*(?P<unit>秒|分钟|小时|天|周|second|minute|hour|day|week)"
)
_DAY = re.compile(
    r"(?P<day>今天|昨天|前天|today|yesterday)(?:\s*(?:at|,)?\s*(?P<hour>\d{1,2})[:：](?P<minute>\d{2})"
    r"\s*(?P<english>[ap]\.?m\.?)?)?"
)
_ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$")
_UNIX = re.compile(r"\d{9,10}")
_SECONDS = {"秒": 1, "分钟": 60, "小时": 3600, "天": 86400, "周": 604800} | {
    "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800
}  # fmt: skip
_DAYS = {"今天": 0, "today": 0, "昨天": 1, "yesterday": 1, "前天": 2}


def read_time(
    text: str | None, zone: tzinfo, now: datetime | None, formats: Sequence[str] = ()
) -> datetime | None:
    """The moment that a text tells, in UTC, or None. ``formats`` (as of strptime) are tried before the usual forms.

    Without ``now`` a text must tell it by itself: ``2024-3-5 10:20``, and not how long ago it was.

    Times without a zone are of ``zone``; years 1970 to 2199 only.
    """
    text = " ".join((text or "").split())
    if not text or len(text) > 200:
        return None
    try:
        moment = _by_formats(text, formats) or _absolute(text)
        if moment is None and now is not None:
            moment = _relative(text, now.astimezone(zone))
        if moment is None:
            return None
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1970 <= moment.year < 2200 else None


def _by_formats(text: str, formats: Sequence[str]) -> datetime | None:
    for form in formats:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _absolute(text: str) -> datetime | None:
    if _ZONED.match(text):
        return datetime.fromisoformat(text)
    if _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    found = _DATE.search(text)
    if found is None:
        return None
    hour = _hour(int(found["hour"] or 0), found["half"] or found["english"])
    minute, second = int(found["minute"] or 0), int(found["second"] or 0)
    return datetime(int(found["year"]), int(found["month"]), int(found["day"]), hour, minute, second)


def _relative(text: str, now: datetime) -> datetime | None:
    lower = text.lower()
    if "刚刚" in lower or "just now" in lower:
        return now
    if found := _DAY.search(lower):
        hour = _hour(int(found["hour"] or 0), found["english"])
        day = now - timedelta(days=_DAYS[found["day"]])
        return day.replace(hour=hour, minute=int(found["minute"] or 0), second=0, microsecond=0)
    if ("前" in lower or "ago" in lower) and (found := _AGO.search(lower)):
        number = found["number"]
        amount = float(number) if number.isdigit() else 0.5 if number.startswith(("半", "half")) else 1.0
        return now - timedelta(seconds=amount * _SECONDS[found["unit"]])
    return None


def _hour(hour: int, half: str | None) -> int:
    """Of 24, from an hour of 12 with its half of the day."""
    if not half:
        return hour
    late = half in ("下午", "晚上") or half[0] in "pP"
    return hour % 12 + 12 * late
