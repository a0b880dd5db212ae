"""Trends: what rose fastest and when, with gaps in collection told from drops."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nlp.trends import Part, rising, series_with_gaps

START = datetime(2026, 5, 1, tzinfo=UTC)
SINCE = START + timedelta(days=14)
UNTIL = SINCE + timedelta(days=7)
ALL = int((UNTIL - START) / timedelta(hours=1))
FIRST = int((SINCE - START) / timedelta(hours=1))
HOT = Path(__file__).parents[3] / "shared" / "data" / "weibo_hot_hourly"


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def hours(missing: Collection[int] = ()) -> pl.Series:
    return pl.Series(
        "at", [at(hour) for hour in range(ALL) if hour not in missing], dtype=pl.Datetime("us", "UTC")
    )


def frame(rows: list[tuple[str, int, float]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(item, at(hour), value) for item, hour, value in rows],
        schema={"item": pl.String, "at": pl.Datetime("us", "UTC"), "value": pl.Float64},
        orient="row",
    )


def pool(seed: int = 1, items: int = 60) -> list[tuple[str, int, float]]:
    """Counts of many items that only vary."""
    random = np.random.default_rng(seed)
    return [
        (f"usual{n}", hour, float(count))
        for n in range(items)
        for hour, count in enumerate(random.poisson(random.uniform(0.2, 6), ALL).tolist())
        if count
    ]


def test_the_new_and_steep_stands_above_the_big_and_steady() -> None:
    big = [("big", hour, 500.0 + 20 * (hour % 24)) for hour in range(ALL)]
    slow = [("slow", hour, 5.0 + 45.0 * max(hour - FIRST, 0) / (ALL - FIRST)) for hour in range(ALL)]
    steep = [("steep", FIRST + 50 + n, value) for n, value in enumerate([12.0, 40.0, 33.0, 20.0, 6.0])]
    found = rising([Part(frame(pool() + big + slow + steep), hours())], SINCE, UNTIL, limit=5)
    first = found.row(0, named=True)
    assert (first["item"], first["start"], first["peak"]) == ("steep", at(FIRST + 50), at(FIRST + 51))
    assert (first["peak_value"], first["rise_hours"], first["gap_hours"]) == (40.0, 1, 0)
    assert first["before"] < 1 < first["after"]
    assert "big" not in found["item"].to_list()[:3]


def test_what_comes_every_day_at_its_hour_is_expected() -> None:
    daily = [("daily", hour, 40.0) for hour in range(ALL) if hour % 24 == 9]
    once = [("once", FIRST + 33, 40.0)]
    found = rising([Part(frame(pool() + daily + once), hours())], SINCE, UNTIL, limit=100)
    surprise = dict(found.select("item", "surprise").iter_rows())
    assert found["item"][0] == "once"
    assert surprise["once"] > 10 * surprise.get("daily", 0.0)


def test_a_gap_is_neither_a_drop_nor_a_rise() -> None:
    missing = set(range(FIRST + 60, FIRST + 90))
    steady = [("steady", hour, 30.0) for hour in range(ALL) if hour not in missing]
    usual = [row for row in pool() if row[1] not in missing]
    after_gap = [("after gap", FIRST + 90 + n, 60.0) for n in range(5)]
    found = rising([Part(frame(usual + steady + after_gap), hours(missing))], SINCE, UNTIL, limit=100)
    assert found.select("item", "start", "gap_hours").row(0) == ("after gap", at(FIRST + 90), 30)
    surprise = dict(found.select("item", "surprise").iter_rows())
    assert surprise.get("steady", 0.0) < 0.05 * surprise["after gap"]


def test_on_a_list_absence_is_at_most_the_lowest_listed() -> None:
    board = [(f"listed{n}", hour, 1e5 + 1e4 * n + 100 * hour) for n in range(30) for hour in range(ALL)]
    entering = [("entering", FIRST + 20, 1.2e5), ("leaping", FIRST + 20, 3e6)]
    found = rising([Part(frame(board + entering), hours())], SINCE, UNTIL, limit=40, listed=True)
    assert found["item"][0] == "leaping"
    assert found["before"][0] == pytest.approx(1e5 + 100 * (FIRST + 8), rel=0.05)
    surprise = dict(found.select("item", "surprise").iter_rows())
    assert surprise.get("entering", 0.0) < 0.01 * surprise["leaping"]


def test_the_unit_does_not_matter() -> None:
    rows = [*pool(), ("steep", FIRST + 50, 40.0)]
    small = rising([Part(frame(rows), hours())], SINCE, UNTIL, limit=3, listed=True)
    large = rising(
        [Part(frame([(a, b, c * 1e5) for a, b, c in rows]), hours())], SINCE, UNTIL, limit=3, listed=True
    )
    assert small.select("item", "start", "peak").row(0) == large.select("item", "start", "peak").row(0)


def test_nothing_asked_gives_nothing() -> None:
    assert rising([Part(frame([]), hours())], SINCE, UNTIL).is_empty()
    assert rising([Part(frame([("past", 3, 9.0)]), hours())], SINCE, UNTIL).is_empty()
    assert rising([Part(frame(pool()), hours(set(range(ALL))))], SINCE, UNTIL).is_empty()


def from_hour(first: int) -> pl.Series:
    return hours(set(range(first)))


def test_a_new_source_is_not_a_rise() -> None:
    old = Part(frame([*pool(), *(("tents", hour, 2.0) for hour in range(ALL))]), hours())
    begins = FIRST + 70
    new = Part(frame([("tents", hour, 40.0) for hour in range(begins, ALL)]), from_hour(begins))
    found = rising([old, new], SINCE, UNTIL, limit=100)
    real = Part(frame([("tents", hour, 40.0) for hour in range(begins, ALL)]), hours())
    truly = rising([old, real], SINCE, UNTIL, limit=100)
    assert truly["item"][0] == "tents"
    assert truly["start"][0] == at(begins)
    assert dict(found.select("item", "surprise").iter_rows()).get("tents", 0.0) < 0.02 * truly["surprise"][0]


def test_a_rise_within_a_new_source_is_found_against_its_own_past() -> None:
    begins, rose = FIRST + 20, FIRST + 90
    new = [("tents", hour, 40.0 if rose <= hour < rose + 6 else 4.0) for hour in range(begins, ALL)]
    found = rising([Part(frame(pool()), hours()), Part(frame(new), from_hour(begins))], SINCE, UNTIL, limit=3)
    assert found.select("item", "start").row(0) == ("tents", at(rose))


def test_rises_in_several_sources_add_up() -> None:
    usual = [("tents", hour, 2.0) for hour in range(ALL)]
    rose = [("tents", FIRST + 50 + n, 8.0) for n in range(4)]
    one = rising([Part(frame(pool() + usual + rose), hours())], SINCE, UNTIL, limit=1)
    both = rising([Part(frame(pool(n) + usual + rose), hours()) for n in (1, 2)], SINCE, UNTIL, limit=1)
    assert one["item"][0] == both["item"][0] == "tents"
    assert both["surprise"][0] > 1.5 * one["surprise"][0]


def test_the_new_is_told_from_what_rises() -> None:
    known = [("known", hour, 1.0) for hour in range(0, ALL, 5)]
    steep = [(name, FIRST + 50 + n, 50.0) for n in range(4) for name in ("known", "fresh")]
    found = rising([Part(frame(pool() + known + steep), hours())], SINCE, UNTIL, limit=2)
    assert dict(found.select("item", "state").iter_rows()) == {"known": "rising", "fresh": "new"}
    late = rising([Part(frame(pool() + steep), from_hour(FIRST))], SINCE, UNTIL, limit=2)
    assert set(late["state"]) == {"unknown"}, (
        "two days of collection tell nothing about what was there before"
    )


def test_a_single_day_of_data_is_compared_with_its_first_half() -> None:
    day = [(f"w{n}", hour, 3.0) for n in range(20) for hour in range(24)]
    leap = [("leap", 18, 60.0)]
    covered = hours(set(range(24, ALL)))
    found = rising([Part(frame(day + leap), covered)], START, START + timedelta(days=1), limit=5)
    assert found.select("item", "state").row(0) == ("leap", "unknown")
    early = rising(
        [Part(frame([*day, ("leap", 3, 60.0)]), covered)], START, START + timedelta(days=1), limit=5
    )
    assert "leap" not in early["item"].to_list()


def test_series_show_gaps_as_unknown_and_absence_as_zero() -> None:
    found = series_with_gaps(frame([("a", 0, 2.0), ("a", 3, 1.0), ("b", 1, 7.0)]), hours()[:5], hours({2}))
    assert found.filter(item="a")["value"].to_list() == [2.0, 0.0, None, 1.0, 0.0]
    assert found.filter(item="b")["value"].to_list() == [0.0, 7.0, None, 0.0, 0.0]


@pytest.mark.skipif(not HOT.is_dir(), reason="the shared Weibo hot search data is absent")
def test_a_real_week_of_hot_search() -> None:
    china = "Asia/Shanghai"
    hourly = pl.read_csv(HOT / "hourly.tsv.gz", separator="\t").select(
        pl.col("topic_id").cast(pl.String).alias("item"),
        (pl.col("hour") + ":00")
        .str.to_datetime("%Y-%m-%dT%H:%M", time_unit="us")
        .dt.replace_time_zone(china)
        .dt.convert_time_zone("UTC")
        .alias("at"),
        pl.col("hot").cast(pl.Float64).alias("value"),
        "ads",
    )
    since, until = datetime(2025, 5, 31, 16, tzinfo=UTC), datetime(2025, 6, 7, 16, tzinfo=UTC)
    series = hourly.filter(pl.col("ads") == 0)
    found = rising([Part(series, hourly["at"].unique())], since, until, limit=10, listed=True)
    assert found.height == 10
    # The days before the college entrance examination and its first day: essay and mathematics rose most.
    assert found["start"][0] == datetime(2025, 6, 7, 3, tzinfo=UTC)
    present = series.select("item", "at").join(found, on="item")
    day_before = (pl.col("at") < pl.col("start")) & (pl.col("at") >= pl.col("start") - pl.duration(hours=24))
    assert (
        present.filter(day_before).group_by("item").len().height <= 3
    )  # most were not listed the day before
