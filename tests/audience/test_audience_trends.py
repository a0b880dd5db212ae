"""Trends with gaps, windows, the k rule on what people post; overlaps of brands with theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from audience.network.overlap import overlap
from audience.trends.items import trends
from audience.window import window
from lake.schemas import ACCOUNTS, ANNOTATIONS, COVERAGE, EDGES, KEYWORDS, RUNS, TRENDS, VAULT
from lake.store import Lake
from privacy.brands import Brand, BrandRole, write_brands
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.pseudonyms import Pseudonyms
from tests.audience.audience_world import account_id, post_id

START = datetime(2025, 5, 18, 16, tzinfo=UTC)  # midnight of 19 May in Shanghai
HOURS = 24 * 21
GAP = range(430, 442)
PEAK = 400
_ORIGIN = {"run_id": "r", "policy_id": "p", "collected_at": START, "source": "hot"}


def _table(rows: list[dict[str, Any]], table: Any) -> pa.Table:
    blank = dict.fromkeys(table.schema.names)
    return pa.Table.from_pylist([blank | row for row in rows], schema=table.schema)


@pytest.fixture
def demand(tmp_path: Path) -> Home:
    """A hot list of 20 terms an hour for three weeks with 12 hours lost, one term rising steeply at a known hour."""
    home = Home(tmp_path)
    rng = np.random.default_rng(1)
    keywords, runs = [], []
    for hour in range(HOURS):
        at = START + timedelta(hours=hour)
        taken = hour not in GAP
        runs.append(
            {
                "run_id": f"s{hour}",
                "kind": "snapshot",
                "source": "hot",
                "at": at,
                "status": "ok" if taken else "failed",
            }
        )
        if not taken:
            continue
        terms = {f"词{n}": 1_000.0 * (n + 1) * rng.uniform(0.8, 1.2) for n in range(20)}
        if hour >= PEAK:
            terms["突然"] = 4e6 * 0.9 ** (hour - PEAK)
        for rank, (term, volume) in enumerate(sorted(terms.items(), key=lambda item: -item[1])):
            row = {
                "term": term,
                "at": at,
                "grain": "hour",
                "month": f"{at:%Y-%m}",
                "rank": rank,
                "volume": volume,
            }
            keywords.append(_ORIGIN | row)
    Lake(home).append({"keywords": _table(keywords, KEYWORDS), "runs": _table(runs, RUNS)})
    return home


def test_what_rose_is_found_without_mining_and_gaps_are_gaps(demand: Home) -> None:
    answer = trends(demand, rising=True, since="2025-06-01", until="2025-06-08")
    first = answer.rising[0]
    assert (first.item, first.kind, first.source) == ("突然", "keyword", "hot")
    assert abs(first.start - (START + timedelta(hours=PEAK))) <= timedelta(hours=1)
    assert answer.since == datetime(2025, 5, 31, 16, tzinfo=UTC)
    assert answer.coverage == {"hot": round((168 - len(GAP)) / 168, 4)}
    series = trends(demand, "突然", since="2025-06-01", until="2025-06-08").series[0]
    assert (series.covered, series.missing) == (168 - len(GAP), len(GAP))
    empty = {point.at for point in series.points if point.value is None}
    assert empty == {START + timedelta(hours=hour) for hour in GAP}
    assert sum(point.value == 0 for point in series.points) == PEAK - 13 * 24
    assert trends(demand, "突然", since="7d").until == START + timedelta(hours=HOURS)


def test_windows_items_and_limits_are_checked(demand: Home, tmp_path: Path) -> None:
    for bad in (
        {"since": "soon"},
        {"since": "2025-06-08", "until": "2025-06-01"},
        {"since": "9999d"},
        {"limit": 0},
    ):
        with pytest.raises(BadInputError):
            trends(demand, **bad)
    with pytest.raises(BadInputError, match="nothing was collected about"):
        trends(demand, "没人说过")
    with pytest.raises(BadInputError, match="nothing was collected yet"):
        trends(Home(tmp_path / "empty"))
    since, until = window("36h", "2025-06-02", None)
    assert until - since == timedelta(hours=36)
    assert until == datetime(2025, 6, 1, 16, tzinfo=UTC)
    for odd in ("0001-01-01", "9999-12-31", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"):
        with pytest.raises(BadInputError, match="outside the years"):
            window(odd, None, None)
        with pytest.raises(BadInputError, match="outside the years"):
            window("30d", odd, None)


@pytest.fixture
def social(tmp_path: Path) -> Home:
    """Two terms posted about as often: one by 40 accounts, one by 6; a day in the middle was not collected."""
    home = Home(tmp_path)
    posts: list[dict[str, Any]] = []
    counts: list[dict[str, Any]] = []
    collected: list[dict[str, Any]] = []
    for hour in range(24 * 10):
        if 120 <= hour < 144:
            continue
        at = START + timedelta(hours=hour)
        collected.append({"source": "m", "at": at, "posts": 50, "weight": 50.0, "covered": True})
        rose = 6 if hour in range(200, 206) else 1
        for term, accounts in (("露营", 40), ("秘密", 6)):
            counts.append(
                {
                    "kind": "term",
                    "item": term,
                    "source": "m",
                    "at": at,
                    "grain": "hour",
                    "posts": rose,
                    "weight": float(rose),
                    "accounts": 1,
                    "share": 0.5,
                }
            )
            if hour % 24 == 0:
                day = {
                    "grain": "day",
                    "posts": 24,
                    "weight": 24.0,
                    "accounts": min(accounts, 24),
                    "share": 0.5,
                }
                counts.append({"kind": "term", "item": term, "source": "m", "at": at, **day})
            number = len(posts)
            author = account_id(hour % accounts + (0 if accounts == 40 else 900))
            common = {
                "hashtags": [],
                "tags": [],
                "tag_probs": [],
                "spam": 0.0,
                "searchable": True,
                "source": "m",
            }
            row = {"post_id": post_id(number), "account_id": author, "created_at": at, "month": f"{at:%Y-%m}"}
            posts.append({**row, **common, "words": f"今天 {term}"})
    lake = Lake(home)
    lake.replace("trends", _table(counts, TRENDS))
    lake.replace("coverage", _table(collected, COVERAGE))
    lake.replace("annotations", _table(posts, ANNOTATIONS))
    return home


def test_items_of_fewer_than_k_people_are_hidden_and_counts_rounded(social: Home) -> None:
    shown = trends(social, "露营", since="10d")
    assert [series.unit for series in shown.series] == ["posts"]
    values = [point.value for point in shown.series[0].points]
    assert None in values
    assert all(value is None or value % 5 == 0 for value in values)
    hidden = trends(social, "秘密", since="10d")
    assert hidden.hidden
    assert "fewer than 20 people" in hidden.reason
    assert (hidden.series, hidden.rising, hidden.bursts) == ([], [], [])
    rose = trends(social, rising=True, since="3d").rising
    assert "秘密" not in {row.item for row in rose}
    by_hour = trends(social, "露营", since="2025-05-22", until="2025-05-26").series[0]
    assert (by_hour.grain, by_hour.missing) == ("hour", 24)


@pytest.fixture
def brands(tmp_path: Path) -> Home:
    """Three brands: 甲 with 100 followers, 乙 with 80 of which 40 are 甲's, 丙 with 30 of which 5 are 甲's."""
    home = Home(tmp_path)
    names = Pseudonyms.open(home)
    of = {"甲": range(100), "乙": range(60, 140), "丙": range(95, 125)}
    write_brands(home, [Brand(name, BrandRole.COMPETITOR, (f"m:{n}",)) for n, name in enumerate(of)])
    origin = {**_ORIGIN, "source": "m"}
    ids = {name: names.account("m", f"b{n}") for n, name in enumerate(of)}
    vault = [
        {**origin, "id": i, "account_id": i, "kind": "account", "native_id": f"b{n}", "handle": str(n)}
        for n, i in enumerate(ids.values())
    ]
    edges = [
        {
            **origin,
            "src": account_id(n),
            "dst": ids[name],
            "kind": "follow",
            "post_id": "",
            "at": START,
            "month": "2025-05",
        }
        for name, people in of.items()
        for n in people
    ]
    accounts = [{**origin, "id": account_id(n), "edges_visible": n % 10 != 0} for n in range(200)]
    Lake(home).append(
        {"names": _table(vault, VAULT), "edges": _table(edges, EDGES), "accounts": _table(accounts, ACCOUNTS)}
    )
    return home


def test_overlap_gives_rounded_figures_with_bounds(brands: Home) -> None:
    answer = overlap(brands, ["甲", "乙"])
    assert [brand.followers for brand in answer.brands] == [100, 80]
    pair = answer.pairs[0]
    assert (pair.both, pair.jaccard) == (40, round(40 / 140, 4))
    assert pair.low is not None
    assert pair.high is not None
    assert pair.low < 40 / 140 < pair.high
    assert {tuple(row.brands): row.people for row in answer.intersections} == {
        ("甲",): 60,
        ("甲", "乙"): 40,
        ("乙",): 40,
    }
    assert answer.unseen == 0.1


def test_small_overlaps_are_hidden_and_cannot_be_worked_out(brands: Home) -> None:
    answer = overlap(brands, ["甲", "乙", "丙"])
    small = next(pair for pair in answer.pairs if (pair.a, pair.b) == ("甲", "丙"))
    assert small.hidden
    assert (small.both, small.jaccard, small.low, small.high) == (None, None, None, None)
    hidden = [row.brands for row in answer.intersections if row.people is None]
    for brand in ("甲", "乙", "丙"):
        assert sum(brand in row for row in hidden) != 1, "one hidden row could be taken from the brand's size"


def test_brands_must_be_known_and_at_least_two(brands: Home) -> None:
    for wrong in (["甲"], ["甲", "甲"], ["甲", "丁"], []):
        with pytest.raises(BadInputError):
            overlap(brands, wrong)
