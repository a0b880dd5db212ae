"""Hot lists: what a site says is searched most at this hour.

Weibo's ``ajax/side/hotSearch`` is ``{"ok": 1, "data": {"realtime": [{"word", "note", "num", …}]}}``; public archives of
such lists are arrays of ``{"title", "url"}`` (Weibo) or ``{"query_display", "real_query"}`` (Zhihu).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal

from crawlers.protocols.fields import (
    BadItem,
    as_count,
    as_dict,
    as_number,
    as_text,
    drop_absent,
    each,
    load_json,
)
from crawlers.protocols.page import BadPage, NotShown, RawPage, quoted
from lake.raw import RawKeyword, RawRows

_BAND = re.compile(r"[?&]band_rank=(\d{1,4})\b")
_TERMS = ("note", "word", "title", "query_display", "real_query")
_ADVERTS = ("is_ad", "topic_ad", "ad_channel", "ad_type")


def parse_hotlist(body: bytes, url: str, *, at: datetime) -> RawPage:
    """Read a hot list into keyword rows of the hour of ``at`` (aware), ranked from 1 as listed; adverts are marked.

    Raises BadPage, and NotShown where the site asks for a log-in instead.
    """
    answer = load_json(body)
    if isinstance(answer, dict):
        if answer.get("ok") != 1:
            said = as_text(answer.get("msg") or answer.get("message")) or f"ok is {answer.get('ok')!r}"
            raise NotShown(f"the source does not show its list: {quoted(said, 150)}")
        answer = as_dict(answer.get("data")).get("realtime")
    if not isinstance(answer, list):
        raise BadPage("the answer holds no hot list")
    rows = read_hotlist(answer, at=at.replace(minute=0, second=0, microsecond=0))
    return RawPage(rows, counts={"items": len(answer), "empty": int(not answer)})


def read_hotlist(
    entries: list[Any], *, at: datetime, grain: Literal["hour", "day"] = "hour", place: int = 1
) -> RawRows:
    """The same for entries that are decoded already; the first of them stands at ``place``."""
    rows = RawRows()
    places = iter(range(place, place + len(entries)))

    def one(entry: dict[str, Any]) -> None:
        rows.keywords.append(_row(entry, next(places), at, grain))

    each(entries, rows, "keywords", one)
    return rows


def _row(entry: dict[str, Any], place: int, at: datetime, grain: Literal["hour", "day"]) -> RawKeyword:
    term = next(filter(None, (as_text(entry.get(key)) for key in _TERMS)), None)
    if term is None:
        raise BadItem("the entry has no words")
    band = _BAND.search(as_text(entry.get("url")) or "")
    row: RawKeyword = {
        "term": term.strip().strip("#"),
        "at": at,
        "grain": grain,
        "rank": as_count(entry.get("realpos")) or (int(band[1]) if band else place),
        "volume": as_number(entry.get("num")),
        "category": as_text(entry.get("category")),
        "advert": any(entry.get(key) for key in _ADVERTS),
    }
    return drop_absent(row)
