"""The parsers of keywords: suggestions, and the series of an index."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from crawlers.protocols.index_series import parse_index_series
from crawlers.protocols.suggest import parse_suggest
from tests.crawlers.protocol_samples import URL


def test_suggestions_and_their_absence() -> None:
    at = datetime(2026, 1, 2, 15, tzinfo=UTC)
    body = orjson.dumps({"q": "露营", "g": [{"type": "sug", "q": "露营装备"}, {"q": 3}]})
    page = parse_suggest(body, URL, at=at)
    assert page.rows.keywords == [
        {"term": "露营", "at": datetime(2026, 1, 2, tzinfo=UTC), "grain": "day", "related": ["露营装备"]}
    ]
    assert len(page.rows.rejects) == 1
    assert parse_suggest(orjson.dumps({"q": "露营"}), URL, at=at).counts["empty"] == 1


def test_index_series() -> None:
    body = orjson.dumps(
        {"term": "露营", "series": [{"date": "2026-01-02", "index": 80}, {"date": "x", "index": 1}]}
    )
    page = parse_index_series(body, URL)
    assert page.rows.keywords == [
        {"term": "露营", "at": datetime(2026, 1, 2, tzinfo=UTC), "grain": "day", "volume": 80.0}
    ]
    assert len(page.rows.rejects) == 1
