"""Planners and analysts: keyword research."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.examples.kinds import answers
from api.examples.trends import KEYWORDS_ANSWER
from api.guard import Analyst, HomeIn
from audience.keywords.answers import KeywordAnswer
from audience.keywords.expand import expand

router = APIRouter(tags=["keywords"])


@router.get("/keywords/expand", responses=answers(words=KEYWORDS_ANSWER))
def expand_keywords(
    home: HomeIn,
    caller: Analyst,
    core: Annotated[list[str], Query(description="core words; repeat it", examples=[["露营"]])],
    depth: Annotated[int, Query(ge=1, le=3, description="steps through suggestions")] = 1,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> KeywordAnswer:
    """Extension words of core words, with heat, trend, specificity and intent. Role: analyst."""
    return expand(home, core, depth=depth, limit=limit, role=caller.role)
