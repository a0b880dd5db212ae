"""The suggestions of a search box in the ``sugrec`` shape: ``{"q": …, "g": [{"type": "sug", "q": …}]}``.

``g`` is missing when there are no suggestions. ``su``'s JSONP and other shapes are read by nobody here yet.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawlers.protocols.fields import BadItem, as_list, as_text, each, load_object
from crawlers.protocols.page import BadPage, RawPage
from lake.raw import RawRows


def parse_suggest(body: bytes, url: str, *, at: datetime) -> RawPage:
    """Read the suggestions for one term into a keyword row of the day ``at`` (aware; cut to midnight UTC)."""
    answer = load_object(body)
    term = as_text(answer.get("q"))
    if term is None:
        raise BadPage("the answer does not say which term it is for")
    rows = RawRows()
    related: list[str] = []

    def one(suggestion: dict[str, Any]) -> None:
        text = as_text(suggestion.get("q"))
        if text is None:
            raise BadItem("the suggestion has no text")
        related.append(text)

    each(as_list(answer.get("g")), rows, "keywords", one)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if related:
        rows.keywords.append({"term": term, "at": day, "grain": "day", "related": related})
    return RawPage(rows, counts={"items": len(related), "empty": int(not related)})
