"""What was collected and what was refused: the runs and rejects tables as answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, computed_field, field_validator

from lake.completeness import LAST, compare
from lake.runs import withheld_of
from lake.store import Lake
from privacy import audit
from privacy.disclosure import Role, require
from privacy.errors import NotFoundError
from privacy.home import Home

if TYPE_CHECKING:
    import polars as pl

SNAPSHOT = "snapshot"
_WITHHELD = "rows and pages that opt-outs kept out, or an age under 18: decisions says how many of each"


class FieldShare(BaseModel):
    """How full one field is, beside the last ten runs of the same source and spider."""

    field: str = Field(examples=["posts.region"])
    share: float = Field(description="of the rows, 0 to 1")
    usual: float | None = Field(description="the median of the last ten runs; none for the first")
    fell: bool = Field(description="more than 20 points below the usual, by more than chance: warned of")


class RunRow(BaseModel):
    """One crawl, import or snapshot. Counts are of requests or rows, not of people."""

    run_id: str
    kind: str = Field(examples=["crawl"])
    spider: str | None = Field(examples=["mastodon"])
    source: str
    at: datetime | None = Field(None, description="the moment that the run covers")
    started_at: datetime | None = None
    ended_at: datetime | None = None
    status: str = Field(examples=["ok"], description="running, ok, failed, blocked, empty or truncated")
    message: str | None = Field(None, description="the verdict in words, and what to do")
    asked: int | None = None
    fetched: int | None = None
    forbidden: int | None = Field(None, description="robots.txt or policy said no")
    blocked: int | None = Field(None, description="the source said no: 401, 403, 429, a check for humans")
    empty: int | None = None
    truncated: int | None = None
    rejected: int | None = None
    rows: int | None = None
    new: int | None = Field(None, description="posts that no earlier run had kept")
    updated: int | None = Field(None, description="posts that say something else than in the run before")
    decisions: dict[str, int] = Field({}, examples=[{"robotstxt/forbidden": 3, "optout/noindex": 1}])
    completeness: list[FieldShare] = []
    warnings: list[str] = Field([], description="fields that are more than 20 points emptier than usual")

    @computed_field(description=_WITHHELD)  # type: ignore[prop-decorator]
    @property
    def withheld(self) -> int:
        """All that opt-outs and the source's own wishes kept out."""
        return sum(withheld_of(self.decisions).values())

    @field_validator("decisions", "warnings", mode="before")
    @classmethod
    def _read_json(cls, value: Any, info: Any) -> Any:
        if value is None:
            return {} if info.field_name == "decisions" else []
        return json.loads(value) if isinstance(value, str) else value


class RejectReason(BaseModel):
    """How often rows of a table were refused for a reason."""

    source: str | None
    table: str
    reason: str
    rows: int
    latest: datetime | None


class RunAnswer(RunRow):
    """One run whole."""

    rejects: list[RejectReason] = []


class RejectRow(BaseModel):
    """One refused row, whole as it came: it may name people."""

    id: str
    source: str | None
    table: str
    reason: str
    run_id: str | None
    collected_at: datetime | None
    row: str | None


def latest_runs(home: Home, limit: int, kind: str | None = None, source: str | None = None) -> list[RunRow]:
    """The latest runs, newest first; of snapshots (one an hour of an import) only where asked for."""
    frame = _runs(home, kind)
    shown = frame if source is None else frame.filter(frame["source"] == source)
    return _rows(shown.head(limit), frame)


def one_run(home: Home, run_id: str) -> RunAnswer:
    """One run with all that is known of it. Raises NotFoundError."""
    import polars as pl

    frame = _runs(home, None)
    found = frame.filter(pl.col("run_id") == run_id)
    if found.is_empty():
        found = _runs(home, SNAPSHOT).filter(pl.col("run_id") == run_id)
    if found.is_empty():
        raise NotFoundError(f"There is no run {run_id!r}.", "renqun runs lists them.")
    (row,) = _rows(found, frame)
    return RunAnswer(**row.model_dump(), rejects=_reasons(home, pl.col("run_id") == run_id))


def last_run_of_each_source(home: Home) -> dict[str, RunRow]:
    """The newest run of every source that has one."""
    frame = _runs(home, None)
    newest = frame.unique("source", keep="first", maintain_order=True)
    return {row.source: row for row in _rows(newest, frame)}


def reject_reasons(home: Home, limit: int, source: str | None = None) -> list[RejectReason]:
    """Refused rows counted by source, table and reason, most frequent first."""
    import polars as pl

    return _reasons(home, None if source is None else pl.col("source") == source)[:limit]


def reject_rows(
    home: Home, role: Role, who: str, limit: int, reason: str | None = None, source: str | None = None
) -> list[RejectRow]:
    """The refused rows themselves, latest first: what the vault holds, so it is audited and needs the role planner."""
    import polars as pl

    require(role, Role.PLANNER)
    asked = {"reason": reason, "source": source}
    wanted = [pl.col(name) == value for name, value in asked.items() if value is not None]
    audit.record(home, who, role, "rejects", {**asked, "limit": limit})
    frame = Lake(home).read(
        "rejects", list(RejectRow.model_fields), pl.all_horizontal(wanted) if wanted else None
    )
    latest = frame.sort("collected_at", "id", descending=[True, False], nulls_last=True).head(limit)
    return [
        RejectRow.model_validate({**row, "row": _readable(row["row"])})
        for row in latest.iter_rows(named=True)
    ]


def _readable(row: str) -> str:
    """A refused row as people read it: kept is its JSON in ASCII, which holds half characters too."""
    try:
        text = json.dumps(json.loads(row), ensure_ascii=False)
    except ValueError:  # a line of a file, or cut off
        return row
    return text.encode("utf-8", "backslashreplace").decode()


def _runs(home: Home, kind: str | None) -> pl.DataFrame:
    """The runs, newest first."""
    import polars as pl

    wanted = pl.col("kind") == kind if kind else pl.col("kind") != SNAPSHOT
    columns = list(RunRow.model_fields)
    frame = Lake(home).read("runs", columns=columns, where=wanted)
    return frame.sort("started_at", "run_id", descending=True, nulls_last=True)


def _rows(shown: pl.DataFrame, runs: pl.DataFrame) -> list[RunRow]:
    """Runs as answers, their completeness beside that of the ``runs`` before them (newest first)."""
    return [RunRow(**_beside(row, runs)) for row in shown.iter_rows(named=True)]


def _beside(row: Mapping[str, Any], runs: pl.DataFrame) -> dict[str, Any]:
    import polars as pl

    now: dict[str, float] = json.loads(row["completeness"] or "{}")
    same = [pl.col(name) == row[name] for name in ("source", "spider", "kind")]
    measured = pl.col("completeness").fill_null("{}") != "{}"
    earlier = (
        runs.filter(*same, measured, pl.col("started_at") < row["started_at"]).head(LAST)
        if now
        else runs.clear()
    )
    before = [json.loads(text) for text in earlier["completeness"]]
    warned = {warning.split()[0] for warning in json.loads(row["warnings"] or "[]")}
    shares = [
        FieldShare(field=one.name, share=one.share, usual=one.usual, fell=one.name in warned)
        for one in compare(now, before, {})
    ]
    return {**row, "completeness": shares}


def _reasons(home: Home, where: pl.Expr | None) -> list[RejectReason]:
    import polars as pl

    columns = ["source", "table", "reason", "collected_at"]
    frame = Lake(home).read("rejects", columns=columns, where=where)
    grouped = frame.group_by("source", "table", "reason").agg(
        pl.len().alias("rows"), pl.col("collected_at").max().alias("latest")
    )
    most = grouped.sort("rows", "table", "reason", descending=[True, False, False])
    return [RejectReason.model_validate(row) for row in most.iter_rows(named=True)]
