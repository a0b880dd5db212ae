"""Analysts: how far brands share followers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.examples.kinds import answers
from api.examples.network import OVERLAP_ANSWER
from api.guard import Analyst, HomeIn
from audience.network.overlap import overlap
from audience.network.overlap_answers import OverlapAnswer

router = APIRouter(tags=["overlap"])


@router.get("/overlap", responses=answers(two_brands=OVERLAP_ANSWER))
def overlap_of(
    home: HomeIn,
    caller: Analyst,
    brand: Annotated[
        list[str], Query(description="two or more tracked brands", examples=[["山野集", "远行者"]])
    ],
    since: Annotated[date | None, Query(description="also who left between this day and until")] = None,
    until: Annotated[date | None, Query(description="default: today")] = None,
) -> OverlapAnswer:
    """How brands share followers, with 95 % intervals, and what each part cares about. Role: analyst."""
    return overlap(home, brand, role=caller.role, who=caller.name, since=since, until=until)
