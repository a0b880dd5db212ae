"""What was collected, and what was refused."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.collected import RejectReason, RunRow, latest_runs, reject_reasons
from api.guard import Analyst, HomeIn

router = APIRouter(tags=["collection"])
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/runs")
def runs(
    home: HomeIn,
    caller: Analyst,
    limit: Limit = 20,
    kind: Annotated[str | None, Query(description="crawl, import or snapshot", examples=["crawl"])] = None,
) -> list[RunRow]:
    """The latest crawls and imports, newest first. Role: analyst."""
    del caller
    return latest_runs(home, limit, kind)


@router.get("/rejects")
def rejects(home: HomeIn, caller: Analyst, limit: Limit = 20) -> list[RejectReason]:
    """Refused rows counted by reason. Role: analyst."""
    del caller
    return reject_reasons(home, limit)
