"""Which hours each source's collection covered: from the runs, and from silences where posts were to be expected."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from lake.store import Lake
from mining.series import SPAM_LIMIT

# A silence this long where people usually post is a gap in collection, not quiet people.
_GAP_HOURS = 6
_GAP_EXPECTED = 3.0
_BROKEN = ("failed", "blocked", "empty")
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "posts": pl.Int64,
    "weight": pl.Float64,
    "covered": pl.Boolean,
    "reason": pl.String,
}


def read_runs(lake: Lake) -> pl.DataFrame:
    """What coverage asks of the runs: source, kind, status, started_at, ended_at of those that have ended."""
    columns = ["source", "kind", "status", "started_at", "ended_at"]
    if not lake.exists("runs"):
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    return lake.read("runs", columns=columns).filter(pl.col("status") != "running")


def coverage(annotations: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """The ``coverage`` table: all posts (spam left out) of each source and hour, and whether the hour was collected.

    A source is covered from its first post to its last, or to its last crawl that went well, so that a new source
    has no past of zeros. An hour without a post is not covered where a run of that hour failed, was blocked or came back
    empty ("run"), or where it lies in a long silence in which posts were to be expected ("silence").
    """
    counted = (
        annotations.lazy()
        .filter(pl.col("spam") < SPAM_LIMIT)
        .group_by("source", pl.col("created_at").dt.truncate("1h").alias("at"))
        .agg(pl.len().cast(pl.Int64).alias("posts"), pl.col("weight").fill_null(1.0).cast(pl.Float64).sum())
        .sort("source", "at")
        .collect()
    )
    if counted.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    until: datetime = counted.select(pl.col("at").max()).item()
    good = runs.filter(pl.col("kind") == "crawl", pl.col("status") == "ok")
    parts = []
    for (source,), part in counted.partition_by("source", as_dict=True, maintain_order=True).items():
        crawled = good.filter(pl.col("source") == source)["started_at"].to_list()
        first, last = part["at"][0], part["at"][-1]
        end = max([last, *(min(at, until) for at in crawled)])
        hours = pl.datetime_range(first, end, "1h", time_unit="us", eager=True)
        every = hours.alias("at").to_frame().join(part.drop("source"), on="at", how="left").sort("at")
        broken = runs.filter(pl.col("source") == source, pl.col("status").is_in(_BROKEN))
        parts.append(_judged(str(source), every, _hours_of(broken)))
    return pl.concat(parts)


def _judged(source: str, hours: pl.DataFrame, broken: pl.Series) -> pl.DataFrame:
    china = pl.col("at").dt.convert_time_zone("Asia/Shanghai")
    judged = hours.with_columns(
        pl.lit(source).alias("source"), pl.col("posts").fill_null(0), pl.col("weight").fill_null(0.0)
    ).with_columns(
        pl.col("posts").median().over(china.dt.hour()).alias("usual"),
        (pl.col("posts") == 0).rle_id().alias("stretch"),
    )
    length, expected = pl.len().over("stretch"), pl.col("usual").sum().over("stretch")
    quiet = pl.col("posts") == 0
    silent = quiet & (length >= _GAP_HOURS) & (expected >= _GAP_EXPECTED * length)
    failed = quiet & pl.col("at").is_in(broken.implode())
    return judged.with_columns(
        pl.when(failed).then(pl.lit("run")).when(silent).then(pl.lit("silence")).alias("reason")
    ).select("source", "at", "posts", "weight", pl.col("reason").is_null().alias("covered"), "reason")


def _hours_of(runs: pl.DataFrame) -> pl.Series:
    """Every hour in which a run was under way."""
    if runs.is_empty():
        return pl.Series("at", [], dtype=pl.Datetime("us", "UTC"))
    begin, end = pl.col("started_at").dt.truncate("1h"), pl.coalesce("ended_at", "started_at")
    spans = runs.select(pl.datetime_ranges(begin, end, "1h", time_unit="us").alias("at"))
    return spans.explode("at")["at"].drop_nulls().unique()
