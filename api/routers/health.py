"""Is the API there, and is there something to ask?"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.guard import HomeIn
from audience.errors import NotMinedError
from audience.index.opened import is_stale, open_index
from lake.store import Lake

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """``ready`` and ``behind`` (profiles were mined since) answer questions; ``no index`` answers them with 503."""

    status: Literal["ready", "behind", "no index"]
    tables: dict[str, int] = Field(
        description="Delta version of each table", examples=[{"posts": 12, "profiles": 0}]
    )


@router.get("/health")
def health(home: HomeIn) -> Health:
    """Say whether the API can answer; needs no key and tells nothing of anybody."""
    tables = Lake(home).versions()
    try:
        open_index(home)
    except NotMinedError:
        return Health(status="no index", tables=tables)
    return Health(status="behind" if is_stale(home) else "ready", tables=tables)
