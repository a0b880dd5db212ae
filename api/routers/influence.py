"""Planners: who is listened to, and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.examples.kinds import answers
from api.examples.network import INFLUENCE_ANSWER
from api.guard import HomeIn, Planner
from audience.network.answers import InfluenceAnswer
from audience.network.influence import MAX_LIMIT, influencers

router = APIRouter(tags=["influence"])


@router.get("/influence", responses=answers(found=INFLUENCE_ANSWER))
def influence_of(
    home: HomeIn,
    caller: Planner,
    tag: Annotated[str | None, Query(description="an interest", examples=["露营"])] = None,
    among: Annotated[str | None, Query(description="a query that they must meet")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> InfluenceAnswer:
    """Who is listened to most, over all or on an interest, with who amplifies them on what. Role: planner."""
    return influencers(home, tag, among=among, limit=limit, role=caller.role, who=caller.name)
