"""Analysts: what people write about."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.examples.kinds import answers
from api.examples.trends import TOPICS_ANSWER
from api.guard import Analyst, HomeIn
from audience.tags.topic_answers import TopicsAnswer
from audience.tags.topics import MOST, topics

router = APIRouter(tags=["topics"])


@router.get("/topics", responses=answers(topics=TOPICS_ANSWER))
def topics_of(
    home: HomeIn, caller: Analyst, limit: Annotated[int, Query(ge=1, le=MOST)] = 50
) -> TopicsAnswer:
    """Topics with words, people and quality; planners also see posts that stand for them. Role: analyst."""
    return topics(home, limit=limit, role=caller.role, who=caller.name)
