"""Wikimedia's pageviews: how often an article was opened, day by day, a measure of what people look up.

``/metrics/pageviews/per-article/{project}/{access}/{agent}/{article}/{granularity}/{start}/{end}`` answers
``{"items": [{"article", "timestamp": "2026010100", "views"}]}``, and 404 where no such article was opened. Days are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from crawlers.protocols.fields import BadItem, as_number, each, load_object
from crawlers.protocols.page import BadPage, RawPage
from lake.raw import RawRows


def title_of(term: str) -> str:
    """A term as the title of an article, as the address writes it: first letter capital, underscores for spaces."""
    title = "_".join(term.split())
    return quote(title[:1].upper() + title[1:], safe="")


def parse_pageviews(body: bytes, url: str, *, term: str) -> RawPage:
    """Read one article's daily views into keyword rows of ``term``."""
    items = load_object(body).get("items")
    if not isinstance(items, list):
        raise BadPage("the answer holds no views")
    rows = RawRows()

    def one(item: dict[str, Any]) -> None:
        volume, at = as_number(item.get("views")), _day(item.get("timestamp"))
        if volume is None or at is None:
            raise BadItem("the day has no usable timestamp or views")
        rows.keywords.append({"term": term, "at": at, "grain": "day", "volume": volume})

    each(items, rows, "keywords", one)
    return RawPage(rows, counts={"items": len(items), "empty": int(not items)})


def _day(value: Any) -> datetime | None:
    if not isinstance(value, str) or len(value) not in (8, 10) or not (value.isascii() and value.isdigit()):
        return None
    try:
        return datetime.strptime(value[:8], "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None
