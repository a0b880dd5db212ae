"""A run that was killed left its row saying ``running``; the run that goes on in its place ends it."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from lake.schemas import RUNS
from lake.store import Lake


def close_interrupted(lake: Lake, run_id: str, successor: str) -> None:
    """End the row of ``run_id`` as truncated, if it still says that it runs."""
    rows = lake.read("runs", where=(pl.col("run_id") == run_id) & (pl.col("status") == "running"))
    if rows.is_empty():
        return
    ended = rows.with_columns(
        pl.lit("truncated").alias("status"),
        pl.lit(f"interrupted; {successor} went on").alias("message"),
        pl.lit(datetime.now(UTC)).alias("ended_at"),
    )
    lake.append({"runs": ended.select(RUNS.schema.names).to_arrow().cast(RUNS.schema)})
