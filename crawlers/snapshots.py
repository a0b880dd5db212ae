"""Hot lists: every snapshot of a list is a ``runs`` row, so that an hour without one shows as a gap in collection."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pyarrow as pa

from lake.schemas import RUNS
from lake.store import Lake
from privacy.policies import Policy


class Snapshots:
    """Counts the rows of each snapshot while parts go by, and writes the ``runs`` rows at the end."""

    def __init__(self, policy: Policy, spider: str) -> None:
        self._policy = policy
        self._spider = spider
        self._parts: list[pl.DataFrame] = []

    def see(self, keywords: pl.DataFrame) -> None:
        """Note the times of these rows."""
        self._parts.append(keywords.group_by("at").len("rows"))

    def write(self, lake: Lake) -> None:
        """One row a time that was seen; importing it again replaces the row."""
        if not self._parts:
            return
        now = datetime.now(UTC)
        times = pl.concat(self._parts).drop_nulls("at").group_by("at").agg(pl.col("rows").sum()).sort("at")
        rows = times.select(
            pl.format("{}-{}", pl.lit(self._policy.source), pl.col("at").dt.strftime("%Y%m%dT%H")).alias(
                "run_id"
            ),
            pl.lit("snapshot").alias("kind"),
            pl.lit(self._spider).alias("spider"),
            pl.lit(self._policy.source).alias("source"),
            pl.lit(self._policy.id).alias("policy_id"),
            "at",
            pl.lit(now).alias("started_at"),
            pl.lit(now).alias("ended_at"),
            pl.lit("ok").alias("status"),
            pl.lit(1, pl.Int64).alias("asked"),
            pl.lit(1, pl.Int64).alias("fetched"),
            pl.lit(0, pl.Int64).alias("rejected"),
            pl.col("rows").cast(pl.Int64),
        ).to_arrow()
        lake.append({"runs": _as_runs(rows)})


def _as_runs(rows: pa.Table) -> pa.Table:
    arrays = [
        rows[column.name].cast(column.type)
        if column.name in rows.column_names
        else pa.nulls(rows.num_rows, column.type)
        for column in RUNS.schema
    ]
    return pa.Table.from_arrays(arrays, schema=RUNS.schema)
