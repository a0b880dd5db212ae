"""What leaves a home: people who ask for it, and what is older than its policy entry allows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.erasure import ExpiredRow, ForgetReport, enforce_retention, forget
from api.examples.kinds import answers
from api.guard import Admin, HomeIn
from api.problems import documented
from api.seeds import Name

router = APIRouter(tags=["privacy"])


class Forgotten(BaseModel):
    """One person, by one way of naming an account."""

    model_config = ConfigDict(extra="forbid")

    account_id: Name | None = Field(None, description="a pseudonym")
    source: Name | None = Field(None, description="needed beside native_id and handle")
    native_id: Name | None = None
    handle: Name | None = None
    url: Name | None = Field(None, description="of the profile")


class ForgetRequest(BaseModel):
    """Who is to be erased."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"people": [{"source": "mastodon", "handle": "alice"}]}}
    )

    people: list[Forgotten] = Field(min_length=1, max_length=1000)


@router.post(
    "/forget",
    responses=documented(409)
    | answers(
        erased={
            "asked": 1,
            "erased": 1,
            "unknown": 0,
            "rows": {"accounts": 1, "posts": 34, "rejects": 2, "names": 35},
            "addresses": 0,
        }
    ),
)
def forget_people(home: HomeIn, caller: Admin, asked: ForgetRequest) -> ForgetReport:
    """Erase people from tables, vault and refused rows, and withhold them from now on. Audited. Role: admin."""
    rows = [person.model_dump(exclude_none=True) for person in asked.people]
    return forget(home, rows, caller.role, caller.name)


@router.post(
    "/retention",
    responses=documented(409)
    | answers(
        removed=[
            {
                "source": "mastodon",
                "table": "rejects",
                "rows": 12,
                "before": "2025-11-29T00:00:00Z",
                "why": "older than 365 days",
            }
        ]
    ),
)
def retain(
    home: HomeIn,
    caller: Admin,
    rehearsal: Annotated[bool, Query(description="only count what is too old")] = False,
) -> list[ExpiredRow]:
    """Remove what is older than its source's `retention_days`, refused rows too. Audited. Role: admin."""
    return enforce_retention(home, caller.role, caller.name, rehearsal)
