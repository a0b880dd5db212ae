"""Is the API there, and is there something to ask?"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.guard import HomeIn
from audience.index import is_built
from lake.store import Lake

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """``ready`` once an index stands; before that, questions answer 503."""

    status: Literal["ready", "no index"]
    tables: dict[str, int] = Field(description="Delta version of each table", examples=[{"posts": 12, "profiles": 0}])


@router.get("/health")
def health(home: HomeIn) -> Health:
    """Say whether the API can answer; needs no key and tells nothing of anybody."""
    return Health(status="ready" if is_built(home) else "no index", tables=Lake(home).versions())
