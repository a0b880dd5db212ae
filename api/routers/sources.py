"""The sources: their policies, what robots.txt said, and how the last run went."""

from __future__ import annotations

from fastapi import APIRouter

from api.guard import Analyst, HomeIn
from api.sources import SourceRow, sources_of

router = APIRouter(tags=["collection"])


@router.get("/sources")
def sources(home: HomeIn, caller: Analyst) -> list[SourceRow]:
    """The policy entries with the robots decision on record and the last run; nobody is asked. Role: analyst."""
    del caller
    return sources_of(home)
