"""Homes and sources whose names a URL would write differently."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from lake import upkeep
from lake.schemas import KEYWORDS, TOPICS
from lake.store import Lake
from privacy.home import Home

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)


def keywords(*rows: tuple[str, str, float]) -> pa.Table:
    """Rows of keywords: source, term, volume."""
    blank = dict.fromkeys(KEYWORDS.schema.names)
    return pa.Table.from_pylist(
        [
            {
                **blank,
                "source": source,
                "term": term,
                "volume": volume,
                "at": NOON,
                "grain": "day",
                "month": "2026-08",
                "run_id": "r",
                "collected_at": NOON,
                "policy_id": "p",
            }
            for source, term, volume in rows
        ],
        schema=KEYWORDS.schema,
    )


@pytest.mark.parametrize("folder", ["我的 人群", "50% off", "a#b?c", "it's", "é ü"])
def test_a_home_may_lie_anywhere(folder: str, tmp_path: Path) -> None:
    lake = Lake(Home.find(tmp_path / folder))
    lake.append({"keywords": keywords(("微博 热搜", "露营", 1.0), ("b=c%20d", "露营", 2.0))})
    lake.append({"keywords": keywords(("微博 热搜", "露营", 3.0))})
    expected = {("微博 热搜", 3.0), ("b=c%20d", 2.0)}
    assert set(lake.read("keywords", columns=["source", "volume"]).iter_rows()) == expected
    upkeep.compact(lake.home, "keywords")
    assert set(lake.read("keywords", columns=["source", "volume"]).iter_rows()) == expected


def test_a_table_emptied_keeps_its_columns(tmp_path: Path) -> None:
    lake = Lake(Home.find(tmp_path))
    row = {"topic": "t01", "name": "露营", "words": ["露营"], "posts": 9, "npmi": 0.1, "model_version": "m"}
    lake.replace("topics", pa.Table.from_pylist([row], schema=TOPICS.schema))
    lake.replace("topics", TOPICS.schema.empty_table())
    found = lake.read("topics")
    assert found.columns == TOPICS.schema.names
    assert found.is_empty()
