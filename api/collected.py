"""What was collected and what was refused: the runs and rejects tables as answers. They hold no person."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from lake.store import Lake
from privacy.home import Home


class RunRow(BaseModel):
    """One crawl, import or snapshot. Counts are of requests or rows, not of people."""

    run_id: str
    kind: str = Field(examples=["crawl"])
    spider: str | None = Field(examples=["mastodon"])
    source: str
    at: datetime | None = Field(None, description="the moment that the run covers")
    started_at: datetime | None = None
    ended_at: datetime | None = None
    status: str = Field(examples=["ok"])
    message: str | None = None
    asked: int | None = None
    fetched: int | None = None
    forbidden: int | None = Field(None, description="robots.txt or policy said no")
    blocked: int | None = Field(None, description="the source said no")
    empty: int | None = None
    truncated: int | None = None
    rejected: int | None = None
    rows: int | None = None


class RejectReason(BaseModel):
    """How often rows of a table were refused for a reason."""

    source: str | None
    table: str
    reason: str
    rows: int
    latest: datetime | None


def latest_runs(home: Home, limit: int, kind: str | None = None) -> list[RunRow]:
    """The latest runs, newest first; of snapshots (one an hour of an import) only where asked for."""
    import polars as pl

    wanted = pl.col("kind") == kind if kind else pl.col("kind") != "snapshot"
    frame = Lake(home).read("runs", columns=list(RunRow.model_fields), where=wanted)
    latest = frame.sort("started_at", "run_id", descending=True, nulls_last=True).head(limit)
    return [RunRow.model_validate(row) for row in latest.iter_rows(named=True)]


def reject_reasons(home: Home, limit: int) -> list[RejectReason]:
    """Refused rows counted by source, table and reason, most frequent first."""
    import polars as pl

    frame = Lake(home).read("rejects", columns=["source", "table", "reason", "collected_at"])
    grouped = frame.group_by("source", "table", "reason").agg(
        pl.len().alias("rows"), pl.col("collected_at").max().alias("latest")
    )
    most = grouped.sort("rows", "table", "reason", descending=[True, False, False]).head(limit)
    return [RejectReason.model_validate(row) for row in most.iter_rows(named=True)]
