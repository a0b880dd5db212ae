"""What people are worth, and who is ready to buy: aggregates for analysts, people by pseudonym for planners."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.examples.kinds import Example, answers
from api.guard import Analyst, HomeIn
from audience.worth.answers import TargetAnswer, ValueAnswer
from audience.worth.target import MAX_PROSPECTS, target
from audience.worth.value import MAX_MEMBERS, value

router = APIRouter(tags=["value"])

VALUE: Example = {
    "query": "customer:current", "hidden": False, "people": 1240, "k": 20,
    "states": [{"customer": "current", "people": 1240}],
    "tiers": [{"tier": "high", "people": 310, "amount_each": 1890.0, "amount_share": 0.61, "expected_each": 140.0,
               "orders_each": 5.2}],
    "repeat_rate": {"value": 0.42, "low": 0.39, "high": 0.45, "of": 1240},
    "mention_share": {"value": 0.31, "low": 0.28, "high": 0.34, "of": 905},
    "recommends": None,
    "calibration": {
        "cut": "2026-07-02T00:00:00Z", "horizon_days": 30, "method": "boosting", "people": 17020, "ece": 0.0134,
        "ece_low": 0.01, "ece_high": 0.0185, "auc": 0.86,
        "bins": [{"people": 1730, "predicted": 0.6412, "observed": 0.68, "low": 0.6576, "high": 0.7015}],
    },
}  # fmt: skip
TARGET: Example = {
    "query": "tag:露营>=3", "interests": ["露营"], "hidden": False, "people": 415, "k": 20,
    "parts": [{"part": "need", "people": 415, "mean": 0.62}, {"part": "means", "people": 130, "mean": 0.55},
              {"part": "decision", "people": None}],
    "bands": [{"low": 0.8, "high": 1.0, "people": None}],
    "prospects": [
        {"person_id": "u5f0c1b7a9d3e4f60812a5b6c7d8e9f01", "need": 0.85, "means": 1.0, "decision": None, "score": None,
         "at_most": 0.85, "because": ["need: interest at level 7", "need: asks or compares", "means: value tier high"]},
    ],
}  # fmt: skip


@router.get("/value", responses=answers(value=VALUE))
def value_of(
    home: HomeIn,
    caller: Analyst,
    q: Annotated[str | None, Query(description="the audience; none: everybody known")] = None,
    limit: Annotated[int, Query(ge=0, le=MAX_MEMBERS, description="also list so many; role planner")] = 0,
) -> ValueAnswer:
    """Customers by state, RFM tiers, loyalty, chances of buying and how right they were. Role: analyst."""
    return value(home, q, limit, role=caller.role, who=caller.name)


@router.get("/target", responses=answers(target=TARGET))
def target_of(
    home: HomeIn,
    caller: Analyst,
    q: Annotated[str, Query(description="the audience", examples=["tag:露营>=3"])],
    need: Annotated[list[str], Query(description="interests; default: those of the query")] = [],  # noqa: B006
    limit: Annotated[int, Query(ge=0, le=MAX_PROSPECTS, description="people to list; role planner")] = 20,
) -> TargetAnswer:
    """Need x means x decision: each part with its evidence, unknown where there is none. Role: analyst."""
    return target(home, q, need, limit, role=caller.role, who=caller.name)
