"""The network: communities for analysts, exports and charts for planners."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.examples.kinds import answers
from api.examples.network import CHART, COMMUNITIES_ANSWER
from api.guard import Analyst, HomeIn, Planner
from audience.network.answers import CommunitiesAnswer, NetworkChart
from audience.network.communities import communities, community_map
from audience.network.export import MAX_AROUND, around

router = APIRouter(tags=["network"])


@router.get("/communities", responses=answers(found=COMMUNITIES_ANSWER))
def communities_of(home: HomeIn, caller: Analyst) -> CommunitiesAnswer:
    """The communities, and to planners the accounts that join them. Role: analyst."""
    return communities(home, role=caller.role, who=caller.name)


@router.get("/network/map", responses=answers(chart=CHART))
def map_of(home: HomeIn, caller: Analyst) -> NetworkChart:
    """The communities and how close they are, as data of an ECharts graph. Role: analyst."""
    return community_map(home, role=caller.role, who=caller.name)


@router.get("/network/ego", responses=answers(chart=CHART))
def ego_of(
    home: HomeIn,
    caller: Planner,
    account: Annotated[
        str, Query(description="a pseudonym, or the name of a public account", examples=["远帐"])
    ],
    limit: Annotated[int, Query(ge=1, le=MAX_AROUND)] = 100,
) -> NetworkChart:
    """One account and those around it, as data of an ECharts graph. Role: planner."""
    return around(home, account, limit, role=caller.role, who=caller.name)
