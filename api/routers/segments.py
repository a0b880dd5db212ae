"""Saved segments: audiences with a name, their versions, who came and went, and alerts on their size."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.examples.audience import SEGMENT_ANSWER
from api.examples.kinds import answers
from api.guard import Analyst, Caller, HomeIn, Planner
from api.segment_run import start
from audience.query.model import AudienceQuery
from audience.segments import alerts, manage
from audience.segments.answers import SegmentAlert, SegmentAnswer, SegmentChanges, SegmentOverlap
from audience.segments.changes import changes
from audience.segments.shared import segment_overlap
from privacy.disclosure import Role

router = APIRouter(prefix="/segments", tags=["segments"])
ONE = answers(one=SEGMENT_ANSWER)


class SegmentRequest(BaseModel):
    """A query with a name; ``frozen`` keeps its members until it is computed again."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(examples=["露营潜客"])
    query: AudienceQuery | str = Field(examples=["tag:露营>=3 -follows:我们"])
    note: str = ""
    frozen: bool = False


class SegmentEdit(BaseModel):
    """What is to change; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    query: AudienceQuery | str | None = None
    note: str | None = None
    frozen: bool | None = None


class AlertRequest(BaseModel):
    """Whom to tell, and from what change of size on (0.2 is 20 %)."""

    model_config = ConfigDict(extra="forbid")

    target: str = Field(examples=["https://hooks.example.com/renqun", "mailto:team@example.com"])
    threshold: float = Field(default=0.2, ge=0.01, le=10)


@router.get("")
def every(home: HomeIn, caller: Analyst) -> list[SegmentAnswer]:
    """Every saved segment, its size and how it stands; alerts to planners only. Role: analyst."""
    return [_shown(segment, caller) for segment in manage.every(home)]


@router.post("", status_code=202, responses=ONE)
def save(home: HomeIn, caller: Planner, asked: SegmentRequest) -> SegmentAnswer:
    """Save a segment and begin to compute it; its ``status`` says when that is done. Role: planner."""
    manage.save(home, asked.name, asked.query, asked.note, asked.frozen, caller.role, caller.name)
    start(home, asked.name, caller.role, caller.name)
    return manage.show(home, asked.name)


@router.get("/overlap")
def overlap(
    home: HomeIn,
    caller: Analyst,
    segment: Annotated[
        list[str], Query(description="two or more segments", examples=[["露营潜客", "咖啡客"]])
    ],
) -> SegmentOverlap:
    """How far segments share their people. Role: analyst."""
    return segment_overlap(home, segment, caller.role, caller.name)


@router.get("/{name}", responses=ONE)
def one(home: HomeIn, caller: Analyst, name: str) -> SegmentAnswer:
    """One segment with its versions; alerts to planners only. Role: analyst."""
    return _shown(manage.show(home, name), caller)


def _shown(segment: SegmentAnswer, caller: Caller) -> SegmentAnswer:
    """Without its alerts for those below planner: who has the address of a webhook can post to it."""
    return segment if caller.role.rank >= Role.PLANNER.rank else segment.model_copy(update={"alerts": []})


@router.patch("/{name}", responses=ONE)
def edit(home: HomeIn, caller: Planner, name: str, asked: SegmentEdit) -> SegmentAnswer:
    """Change a segment; a new query or kind also begins to compute it. Role: planner."""
    changed = manage.edit(home, name, asked.query, asked.note, asked.frozen, caller.role, caller.name)
    if asked.query is None and asked.frozen is None:
        return changed
    start(home, name, caller.role, caller.name)
    return manage.show(home, name)


@router.delete("/{name}", status_code=204)
def delete(home: HomeIn, caller: Planner, name: str) -> None:
    """Delete a segment; refused while another is made of it. Role: planner."""
    manage.delete(home, name, caller.role, caller.name)


@router.post("/{name}/compute", status_code=202, responses=ONE)
def compute(home: HomeIn, caller: Planner, name: str) -> SegmentAnswer:
    """Begin a new version of its members; ``status`` says when it is there. Role: planner."""
    start(home, name, caller.role, caller.name)
    return manage.show(home, name)


@router.get("/{name}/changes")
def changes_of(
    home: HomeIn,
    caller: Planner,
    name: str,
    since: Annotated[int | None, Query(description="a version; default: the one before")] = None,
    until: Annotated[int | None, Query(description="a version; default: the newest")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="people to list of each kind")] = 20,
) -> SegmentChanges:
    """Who joined and who left between two versions, and why. Role: planner; audited."""
    return changes(home, name, since, until, limit, caller.role, caller.name)


@router.put("/{name}/alerts")
def watch(home: HomeIn, caller: Planner, name: str, asked: AlertRequest) -> SegmentAlert:
    """Tell somebody when the segment grows or shrinks by so much. Role: planner."""
    return alerts.watch(home, name, asked.target, asked.threshold, caller.role, caller.name)


@router.delete("/{name}/alerts", status_code=204)
def unwatch(
    home: HomeIn, caller: Planner, name: str, target: Annotated[str, Query(description="as it was given")]
) -> None:
    """Stop telling somebody. Role: planner."""
    alerts.unwatch(home, name, target, caller.role, caller.name)
