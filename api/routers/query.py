"""Queries themselves: what one means, and its text and JSON forms."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict

from api.examples.audience import QUERY_ANSWER, QUERY_REQUESTS
from api.examples.kinds import answers
from api.guard import Analyst, HomeIn
from audience.query.model import QueryOrText
from audience.search.answers import QueryAnswer
from audience.search.explain import explain

router = APIRouter(tags=["search"])


class QueryRequest(BaseModel):
    """A query as text or as a nested model."""

    model_config = ConfigDict(extra="forbid")

    query: QueryOrText


@router.post("/query", responses=answers(explained=QUERY_ANSWER))
def explain_query(
    asked: Annotated[QueryRequest, Body(openapi_examples=QUERY_REQUESTS)],
    home: HomeIn,
    caller: Analyst,
) -> QueryAnswer:
    """Say what a query means, without asking it: as text, as a model and in plain Chinese. Role: analyst."""
    return explain(home, asked.query, role=caller.role)
