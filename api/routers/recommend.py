"""Planners: from a brief to an audience, and what to say to an audience, where and when."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.examples.kinds import answers
from api.examples.planning import BRIEF_ANSWER, BRIEF_REQUEST, RECOMMEND_ANSWER, RECOMMEND_REQUEST
from api.guard import Analyst, HomeIn, Planner
from audience.query.model import AudienceQuery
from audience.recommend.accounts import MAX_LIMIT, recommend
from audience.recommend.advised import Weights
from audience.recommend.answers import BriefAnswer, RecommendAnswer
from audience.recommend.brief import MAX_LENGTH, brief

router = APIRouter(tags=["recommend"])


class PartWeights(BaseModel):
    """How much each part of an account's score counts."""

    model_config = ConfigDict(extra="forbid")

    users: float = Field(default=1.0, ge=0, description="what the people nearest to the audience follow")
    items: float = Field(default=1.0, ge=0, description="what is followed together with what it follows")
    content: float = Field(default=1.0, ge=0, description="what account and audience are interested in")


class RecommendRequest(BaseModel):
    """An audience, and what kind of accounts to advise."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [RECOMMEND_REQUEST]})

    query: AudienceQuery | str
    limit: int = Field(default=10, ge=1, le=MAX_LIMIT, description="accounts to advise")
    novelty: float = Field(default=0.0, ge=0, le=1, description="favour accounts that few people know")
    diversity: float = Field(default=1.0, ge=0, le=1, description="favour accounts that reach other people")
    weights: PartWeights = PartWeights()


class BriefRequest(BaseModel):
    """A campaign brief as text."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [BRIEF_REQUEST]})

    text: str = Field(min_length=1, max_length=MAX_LENGTH)


@router.post("/recommend", responses=answers(found=RECOMMEND_ANSWER))
def recommend_for(asked: RecommendRequest, home: HomeIn, caller: Planner) -> RecommendAnswer:
    """Say what an audience talks about, which accounts reach it, when, and with which words. Role: planner."""
    return recommend(
        home,
        asked.query,
        asked.limit,
        novelty=asked.novelty,
        diversity=asked.diversity,
        weights=Weights(**asked.weights.model_dump()),
        role=caller.role,
        who=caller.name,
    )


@router.post("/brief", responses=answers(found=BRIEF_ANSWER))
def audiences_for_brief(asked: BriefRequest, home: HomeIn, caller: Analyst) -> BriefAnswer:
    """Suggest audiences for a campaign brief, each as a query with its size. Role: analyst."""
    return brief(home, asked.text, role=caller.role, who=caller.name)
