"""Coverage by source: gaps are gaps, a new source has no past of zeros, and both reach trends and bursts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from lake.schemas import ANNOTATIONS, COVERAGE, TRENDS
from mining import series
from mining.coverage import coverage

START = datetime(2026, 5, 1, tzinfo=UTC)
RUNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.String,
    "kind": pl.String,
    "status": pl.String,
    "started_at": pl.Datetime("us", "UTC"),
    "ended_at": pl.Datetime("us", "UTC"),
}
NO_RUNS = pl.DataFrame(schema=RUNS)


def posts(source: str, hours: range, an_hour: int, said: str = "今天", seed: int = 1) -> list[dict[str, Any]]:
    random = np.random.default_rng(seed)
    return [
        {
            "post_id": f"p{source}{said}{hour}.{n}",
            "account_id": f"u{source}{random.integers(300)}",
            "source": source,
            "created_at": START + timedelta(hours=hour, minutes=n % 60),
            "words": said,
            "spam": 0.0,
            "weight": 1.0,
        }
        for hour in hours
        for n in range(random.poisson(an_hour))
    ]


def table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    empty = pl.DataFrame(ANNOTATIONS.schema.empty_table())
    made = pl.DataFrame(rows, schema_overrides={"created_at": pl.Datetime("us", "UTC")})
    return pl.concat([empty, made.cast({"spam": pl.Float32, "weight": pl.Float32})], how="diagonal")


def runs(*rows: tuple[str, str, str, int, int]) -> pl.DataFrame:
    at = [(s, k, st, START + timedelta(hours=a), START + timedelta(hours=b)) for s, k, st, a, b in rows]
    return pl.DataFrame(at, schema=RUNS, orient="row")


def hours_of(found: pl.DataFrame, source: str, reason: str | None) -> list[int]:
    rows = found.filter(pl.col("source") == source, pl.col("reason").eq_missing(pl.lit(reason)))
    return [int((at - START) / timedelta(hours=1)) for at in rows["at"]]


def test_a_source_is_covered_from_its_first_post_and_silences_are_gaps() -> None:
    rows = posts("a", range(200), 8) + posts("b", range(100, 200), 8)
    silent = [row for row in rows if not (row["source"] == "b" and 140 <= _hour(row) < 150)]
    found = coverage(table(silent), NO_RUNS)
    assert hours_of(found, "b", "silence") == list(range(140, 150))
    assert min(hours_of(found, "b", None)) == 100
    assert len(hours_of(found, "a", None)) == 200
    assert found.columns == COVERAGE.schema.names


def _hour(row: dict[str, Any]) -> int:
    return int((row["created_at"] - START) / timedelta(hours=1))


def test_an_hour_in_which_the_run_failed_is_a_gap_where_nothing_came_later() -> None:
    rows = [row for row in posts("a", range(60), 1) if _hour(row) not in (20, 21)]
    quiet = sorted(set(range(60)) - {_hour(row) for row in rows})
    told = runs(
        ("a", "crawl", "failed", 20, 21), ("a", "crawl", "ok", 30, 30), ("b", "crawl", "blocked", 40, 50)
    )
    found = coverage(table(rows), told)
    assert hours_of(found, "a", "run") == [20, 21]
    assert set(quiet) - {20, 21} <= set(hours_of(found, "a", None)), (
        "a quiet hour of a small source is no gap"
    )


def test_a_good_crawl_after_the_last_post_covers_the_silence_before_it() -> None:
    rows = posts("a", range(50), 1) + posts("b", range(100), 1)
    last = max(_hour(row) for row in rows if row["source"] == "a")
    assert max(hours_of(coverage(table(rows), NO_RUNS), "a", None)) == last
    found = coverage(table(rows), runs(("a", "crawl", "ok", 70, 71)))
    assert max(hours_of(found, "a", None)) == 70


def test_shares_are_of_the_source_and_near_duplicates_weigh_less() -> None:
    rows = posts("a", range(48), 10) + posts("a", range(48), 5, "露营", seed=2)
    copies = [
        {**row, "weight": 0.1, "post_id": row["post_id"] + "c"} for row in posts("a", range(48), 5, "露营", 3)
    ]
    annotations = table(rows + copies)
    mentions = series.items(annotations).collect()
    collected = coverage(annotations, NO_RUNS)
    found = series.trends(mentions, series.counts(mentions, "hour"), collected)
    assert found.columns == TRENDS.schema.names
    days = found.filter(pl.col("item") == "露营", pl.col("grain") == "day", pl.col("posts") > 150)
    assert (days["weight"] < 0.75 * days["posts"]).all()
    expected = (5 + 0.5) / (10 + 5 + 0.5)
    assert days["share"].to_list() == [share for share in days["share"] if abs(share - expected) < 0.08]


def test_a_new_source_full_of_a_word_is_no_burst_of_it() -> None:
    rows = posts("a", range(24 * 30), 6) + posts("a", range(24 * 30), 1, "露营", seed=2)
    new = range(24 * 20, 24 * 22)
    rows += posts("b", new, 4, seed=3) + posts("b", new, 6, "露营", seed=4)
    annotations = table(rows)
    collected = coverage(annotations, NO_RUNS)
    mentions = series.items(annotations).collect()
    hourly = series.counts(mentions, "hour")
    assert series.bursts(mentions, hourly, collected).is_empty()
    as_one = annotations.with_columns(pl.lit("a").alias("source"))
    merged = series.items(as_one).collect()
    found = series.bursts(merged, series.counts(merged, "hour"), coverage(as_one, NO_RUNS))
    assert "露营" in found["item"].to_list(), "the same counts from one source are a rise"


def test_no_posts_are_no_hours() -> None:
    nothing = pl.DataFrame(ANNOTATIONS.schema.empty_table())
    assert coverage(nothing, NO_RUNS).is_empty()
    assert series.bursts(
        series.items(nothing).collect(),
        series.counts(series.items(nothing).collect(), "hour"),
        coverage(nothing, NO_RUNS),
    ).is_empty()
