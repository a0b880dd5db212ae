"""A run that was killed left its row saying ``running``; the next run like it ends that row."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import polars as pl

from lake.runs import RUNNING
from lake.schemas import RUNS
from lake.store import Lake


def close_interrupted(
    lake: Lake, kind: str, spider: str, source: str, successor: str, living: Collection[str] = ()
) -> None:
    """End, as truncated, the rows of runs like ``successor`` that still say that they run and are not of the ``living``.

    The rows themselves tell it, so it matters neither when a run was killed nor how often in a row. ``successor`` holds
    the claim that keeps all others like it away, but for the living.
    """
    alike = (pl.col("kind") == kind) & (pl.col("spider") == spider) & (pl.col("source") == source)
    dead = (pl.col("status") == RUNNING) & ~pl.col("run_id").is_in([successor, *living])
    rows = lake.read("runs", where=alike & dead)
    if rows.is_empty():
        return
    ended = rows.with_columns(
        pl.lit("truncated").alias("status"),
        pl.lit(f"interrupted; {successor} went on").alias("message"),
        pl.lit(datetime.now(UTC)).alias("ended_at"),
    )
    lake.append({"runs": ended.select(RUNS.schema.names).to_arrow().cast(RUNS.schema)})
