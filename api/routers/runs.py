"""What was collected, and what was refused."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.collected import (
    RejectReason,
    RejectRow,
    RunAnswer,
    RunRow,
    latest_runs,
    one_run,
    reject_reasons,
    reject_rows,
)
from api.guard import Analyst, HomeIn, Planner
from api.problems import documented

router = APIRouter(tags=["collection"])
Limit = Annotated[int, Query(ge=1, le=1000)]
OfSource = Annotated[str | None, Query(description="only of this source", examples=["mastodon"])]


@router.get("/runs")
def runs(
    home: HomeIn,
    caller: Analyst,
    limit: Limit = 20,
    kind: Annotated[
        str | None, Query(description="crawl, import, retry or snapshot", examples=["crawl"])
    ] = None,
    source: OfSource = None,
) -> list[RunRow]:
    """The latest crawls and imports, newest first, each with its verdict in words. Role: analyst."""
    del caller
    return latest_runs(home, limit, kind, source)


@router.get("/runs/{run_id}", responses=documented(404))
def run(home: HomeIn, caller: Analyst, run_id: str) -> RunAnswer:
    """One run whole: decisions, completeness beside the last ten runs, rejects by reason. Role: analyst."""
    del caller
    return one_run(home, run_id)


@router.get("/rejects")
def rejects(home: HomeIn, caller: Analyst, limit: Limit = 20, source: OfSource = None) -> list[RejectReason]:
    """Refused rows counted by reason. Role: analyst."""
    del caller
    return reject_reasons(home, limit, source)


@router.get("/rejects/rows")
def rows(
    home: HomeIn,
    caller: Planner,
    limit: Limit = 20,
    reason: Annotated[str | None, Query(description="only with this reason")] = None,
    source: OfSource = None,
) -> list[RejectRow]:
    """The refused rows themselves, as they came: they may name people. Audited. Role: planner."""
    return reject_rows(home, caller.role, caller.name, limit, reason, source)
