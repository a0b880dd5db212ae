"""Is the API there, and is there something to ask?"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.guard import HomeIn
from audience.engines.stores import store_of
from audience.errors import NotMinedError
from audience.index.opened import is_stale, open_index
from lake.store import Lake

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """``ready`` and ``behind`` (profiles were mined since) answer questions; ``unreachable`` and ``no index`` with 503."""

    status: Literal["ready", "behind", "no index", "unreachable"]
    unreachable: list[str] = Field(
        default_factory=list, description="what does not answer this server", examples=[[], ["elasticsearch"]]
    )
    tables: dict[str, int] = Field(
        description="Delta version of each table", examples=[{"posts": 12, "profiles": 0}]
    )


@router.get("/health")
def health(home: HomeIn) -> Health:
    """Say within two seconds, in ``status`` and with 200, whether the API can answer; needs no key and tells nothing of anybody."""
    tables, store = Lake(home).versions(), store_of(home)
    if not store.is_reachable():
        return Health(status="unreachable", unreachable=[store.name], tables=tables)
    try:
        open_index(home)
    except NotMinedError:
        return Health(status="no index", tables=tables)
    return Health(status="behind" if is_stale(home) else "ready", tables=tables)
