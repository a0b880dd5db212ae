"""Analysts: what rises, since when, and how one item went."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.examples.kinds import answers
from api.examples.trends import CATEGORIES_ANSWER, EARLY_ANSWER, TRENDS_ANSWER
from api.guard import Analyst, HomeIn
from audience.trends.answers import TrendAnswer
from audience.trends.categories import categories
from audience.trends.category_answers import CategoriesAnswer
from audience.trends.early import early
from audience.trends.early_answers import EarlyAnswer
from audience.trends.items import trends

router = APIRouter(tags=["trends"])


@router.get("/trends", responses=answers(series=TRENDS_ANSWER))
def trends_of(
    home: HomeIn,
    caller: Analyst,
    item: Annotated[
        str | None, Query(description="a term, tag:NAME or topic:ID", examples=["tag:露营"])
    ] = None,
    rising: Annotated[bool, Query(description="what rose fastest")] = False,
    since: Annotated[str, Query(description="30d, 36h, or a date", examples=["30d", "2026-07-01"])] = "30d",
    until: Annotated[str | None, Query(description="default: the latest that was collected")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 10,
) -> TrendAnswer:
    """How one item went, or what is rising; null values are gaps in collection. Role: analyst."""
    return trends(home, item, rising=rising, since=since, until=until, limit=limit, role=caller.role)


@router.get("/trends/early", responses=answers(new=EARLY_ANSWER))
def early_topics(
    home: HomeIn,
    caller: Analyst,
    since: Annotated[str, Query(description="24h, 3d, or a date", examples=["24h", "2026-08-01"])] = "24h",
    until: Annotated[str | None, Query(description="default: the latest that was collected")] = None,
    source: Annotated[str | None, Query(description="one hot list; default: all")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 10,
) -> EarlyAnswer:
    """New topics of hot lists, the likeliest to become big first, judged by their first hour. Role: analyst."""
    return early(home, since=since, until=until, source=source, limit=limit, role=caller.role)


@router.get("/trends/categories", responses=answers(shares=CATEGORIES_ANSWER))
def hot_categories(
    home: HomeIn,
    caller: Analyst,
    category: Annotated[
        str | None, Query(description="list the topics of this one", examples=["体育"])
    ] = None,
    since: Annotated[str, Query(description="30d, 36h, or a date", examples=["30d", "2026-07-01"])] = "30d",
    until: Annotated[str | None, Query(description="default: the latest that was collected")] = None,
    source: Annotated[str | None, Query(description="one hot list; default: all")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 10,
) -> CategoriesAnswer:
    """What hot lists were about: categories that sources gave, and those filled in from them. Role: analyst."""
    return categories(home, category, since, until, source, limit, role=caller.role)
