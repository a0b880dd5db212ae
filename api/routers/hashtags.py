"""Planners: which hashtags suit a text."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.examples.kinds import answers
from api.examples.trends import HASHTAGS_ANSWER
from api.guard import Analyst, HomeIn
from audience.tags.hashtags import LONGEST, MOST, HashtagsAnswer, suggest_hashtags
from nlp.hashtags import LIKELY

router = APIRouter(tags=["hashtags"])


@router.get("/hashtags/suggest", responses=answers(hashtags=HASHTAGS_ANSWER))
def suggest(
    home: HomeIn,
    caller: Analyst,
    text: Annotated[
        str,
        Query(
            description="a post without hashtags", max_length=LONGEST, examples=["周末去营地搭了新买的天幕"]
        ),
    ],
    limit: Annotated[int, Query(ge=1, le=MOST)] = 3,
    least: Annotated[
        float, Query(ge=0, le=1, description="leave out what is less likely, beside the first")
    ] = LIKELY,
) -> HashtagsAnswer:
    """Hashtags that suit a text, likeliest first, learned by `renqun hashtags learn`. Role: analyst."""
    return suggest_hashtags(home, text, limit, caller.role, least)
