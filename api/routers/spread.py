"""Planners: the accounts that, told first, reach most people."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.examples.kinds import answers
from api.examples.network import SPREAD_ANSWER, SPREAD_REQUEST
from api.guard import HomeIn, Planner
from api.seeds import Seed
from audience.network.answers import SpreadAnswer
from audience.network.costs import prices
from audience.network.spread import MAX_ACCOUNTS, spread
from graph.spread.sampling import Model

router = APIRouter(tags=["spread"])


class Priced(Seed):
    """An account that may be paid, and its price."""

    cost: float = Field(gt=0)


class SpreadRequest(BaseModel):
    """How many accounts, or how much money for which; whom may be chosen; whom to reach."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SPREAD_REQUEST]})

    accounts: int | None = Field(default=None, ge=1, le=MAX_ACCOUNTS)
    budget: float | None = Field(default=None, gt=0)
    costs: list[Priced] = Field(default=[], max_length=100_000)
    among: str | None = Field(default=None, description="a query: who may be chosen")
    reach: str | None = Field(default=None, description="a query: who is to be reached")
    model: Model = Model.CASCADE


@router.post("/spread", responses=answers(chosen=SPREAD_ANSWER))
def spread_of(home: HomeIn, caller: Planner, asked: SpreadRequest) -> SpreadAnswer:
    """Choose the accounts that reach most, with the guarantee and an interval. Role: planner."""
    rows = [
        {key: str(value) for key, value in row.model_dump(exclude_none=True).items()} for row in asked.costs
    ]
    return spread(
        home,
        asked.accounts,
        budget=asked.budget,
        costs=prices(home, rows)[0] if rows else None,
        among=asked.among,
        reach=asked.reach,
        model=asked.model,
        role=caller.role,
        who=caller.name,
    )
