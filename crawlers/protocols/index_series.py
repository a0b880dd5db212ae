"""A search index by day: ``{"term": …, "unit": …, "series": [{"date": "2026-08-01", "index": 812}, …]}``."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

from crawlers.protocols.fields import BadItem, as_list, as_number, as_text, each, load_object
from crawlers.protocols.page import BadPage, RawPage
from lake.raw import RawRows


def parse_index_series(
    body: bytes, url: str, *, zone: tzinfo = UTC, since: datetime | None = None
) -> RawPage:
    """Read one term's series into day rows; a day begins at midnight in ``zone``. Days before ``since`` are left out."""
    answer = load_object(body)
    term, series = as_text(answer.get("term")), answer.get("series")
    if term is None or not isinstance(series, list):
        raise BadPage("the answer holds no term with a series")
    rows = RawRows()

    def one(day: dict[str, Any]) -> None:
        volume = as_number(day.get("index"))
        at = _midnight(day.get("date"), zone)
        if at is None or volume is None:
            raise BadItem("the day has no usable date or index")
        if since is None or at >= since:
            rows.keywords.append({"term": term, "at": at, "grain": "day", "volume": volume})

    each(series, rows, "keywords", one)
    return RawPage(rows, counts={"items": len(series), "empty": int(not series)})


def parse_terms(body: bytes, url: str) -> list[str]:
    """Read the list of terms that have a series: ``{"terms": […]}``."""
    return [term for term in map(as_text, as_list(load_object(body).get("terms"))) if term]


def _midnight(value: Any, zone: tzinfo) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        local = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=zone)
        return local.astimezone(UTC) if local.year >= 1970 else None
    except (ValueError, OverflowError):
        return None
