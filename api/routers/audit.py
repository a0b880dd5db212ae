"""The audit trail."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.audited import AuditRow, audit_trail
from api.guard import Admin, HomeIn

router = APIRouter(tags=["privacy"])
Time = Annotated[str | None, Query(description="a date or time, or so long ago: 30d, 12h", examples=["30d"])]


@router.get("/audit")
def audit(
    home: HomeIn,
    caller: Admin,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 50,
    who: Annotated[str | None, Query(description="only of this key", examples=["growth"])] = None,
    action: Annotated[str | None, Query(description="only these", examples=["export"])] = None,
    since: Time = None,
    until: Time = None,
    before: Annotated[int | None, Query(ge=1, description="below this entry: the last one's id")] = None,
) -> list[AuditRow]:
    """Who asked for what, latest first; each look is an entry itself. Role: admin."""
    return audit_trail(
        home,
        caller.role,
        caller.name,
        limit,
        who=who,
        action=action,
        since=since,
        until=until,
        before=before,
    )
