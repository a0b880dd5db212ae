"""Planners: from an audience to a measured outcome. Split, import what came of it, and see the lift."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.background import BackgroundTask

from api.examples import campaigns as shown
from api.examples.kinds import answers, files
from api.guard import Activator, Admin, Analyst, HomeIn, Planner
from api.routers.export import MEDIA_TYPES, Format
from api.seeds import Seed
from campaigns.activate import activate
from campaigns.answers import (
    CampaignAnswer,
    CampaignReport,
    OutcomeReport,
    Plan,
    Settings,
    Suppressed,
    SuppressReport,
)
from campaigns.export import export_members
from campaigns.make import campaigns, create, plan, remove, show
from campaigns.members import Asked
from campaigns.outcomes import import_outcomes
from campaigns.report import report
from campaigns.suppression import suppress, suppressed
from campaigns.touched import take_touchpoints

router = APIRouter(tags=["campaigns"])
_EITHER = "give a query, or people"


class Scored(Seed):
    """A person of a list, with the score that the list gives."""

    score: float | None = None


class AudienceIn(BaseModel):
    """Whom a campaign is about: a query, or a list of people such as the candidates of a lookalike."""

    model_config = ConfigDict(extra="forbid")

    query: str | None = None
    people: list[Scored] = Field(default=[], max_length=1_000_000)

    def asked(self) -> Asked:
        """The query, or the rows of the list."""
        if self.query is not None:
            return self.query
        return [{k: str(v) for k, v in row.model_dump(exclude_none=True).items()} for row in self.people]


class PlanRequest(AudienceIn):
    """The rate that is expected, and the lift to be shown or the audience to show it with."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [shown.PLAN_REQUEST]})

    baseline: float = Field(gt=0, lt=1, description="rate of those left alone")
    lift: float | None = Field(default=None, gt=-1, description="as a share of the baseline")
    power: float = 0.8
    alpha: float = 0.05
    control_share: float = 0.5


class CreateRequest(AudienceIn):
    """A campaign to be made."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [shown.CREATE_REQUEST]})

    name: str
    starts: datetime | None = Field(default=None, description="when contacts begin; default: now")
    past: bool = Field(default=False, description="take a start that is past: the report proves nothing then")
    settings: Settings = Settings()

    @model_validator(mode="after")
    def _one_audience(self) -> CreateRequest:
        if (self.query is None) == (not self.people):
            raise ValueError(_EITHER)
        if self.starts is not None and self.starts.tzinfo is None:
            raise ValueError("starts needs a time zone, for example 2026-08-03T00:00:00+08:00")
        return self


class SuppressRequest(BaseModel):
    """People who may not be contacted, and why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [shown.SUPPRESS_REQUEST]})

    people: list[Seed] = Field(min_length=1, max_length=1_000_000)
    reason: str = "list"
    note: str = ""


class ActivateRequest(BaseModel):
    """Whose names, and what for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [shown.ACTIVATE_REQUEST]})

    audience: str | None = Field(default=None, description="a query, or campaign:NAME for its test arm")
    people: list[Seed] = Field(default=[], max_length=1_000_000, description="instead: a list of people")
    purpose: str

    @model_validator(mode="after")
    def _one_audience(self) -> ActivateRequest:
        if (self.audience is None) == (not self.people):
            raise ValueError("give an audience, or people")
        return self

    def asked(self) -> Asked:
        """The audience, or the rows of the list."""
        if self.audience is not None:
            return self.audience
        return [row.model_dump(exclude_none=True) for row in self.people]


@router.post("/campaigns/plan", responses=answers(plan=shown.PLAN_ANSWER))
def plan_of(home: HomeIn, caller: Planner, asked: PlanRequest) -> Plan:
    """How many people a test takes to show a lift, or which lift an audience shows. Role: planner."""
    given = asked.query is not None or asked.people
    return plan(
        home, asked.baseline, difference=None if asked.lift is None else asked.baseline * asked.lift,
        audience=asked.asked() if given else None, power=asked.power, alpha=asked.alpha,
        control_share=asked.control_share, role=caller.role,
    )  # fmt: skip


@router.post("/campaigns", status_code=201, responses={201: answers(made=shown.CAMPAIGN)[200]})
def create_campaign(home: HomeIn, caller: Planner, asked: CreateRequest) -> CampaignAnswer:
    """Split an audience into test and control, the same way every time, and keep who is where. Role: planner."""
    return create(
        home,
        asked.name,
        asked.asked(),
        asked.settings,
        asked.starts,
        caller.role,
        caller.name,
        past=asked.past,
    )


@router.get("/campaigns", responses=answers())
def list_campaigns(home: HomeIn, caller: Planner) -> list[CampaignAnswer]:
    """Every campaign, the latest first. Role: planner."""
    return campaigns(home, caller.role)


@router.get("/campaigns/{name}", responses=answers(campaign=shown.CAMPAIGN))
def one_campaign(home: HomeIn, caller: Planner, name: str) -> CampaignAnswer:
    """A campaign as it was made: arms, caps, who was left out and why. Role: planner."""
    return show(home, name, caller.role)


@router.delete("/campaigns/{name}", status_code=204)
def remove_campaign(home: HomeIn, caller: Admin, name: str) -> None:
    """Forget a campaign with its arms and outcomes; its contacts still count for caps. Role: admin."""
    remove(home, name, caller.role, who=caller.name)


@router.post("/campaigns/{name}/outcomes", responses=answers(outcomes=shown.OUTCOMES))
def outcomes_of(
    home: HomeIn,
    caller: Planner,
    name: str,
    rows: Annotated[bytes, Body(media_type="text/csv", examples=[shown.OUTCOMES_CSV])],
    timezone: Annotated[str, Query(description="for times without a zone")] = "Asia/Shanghai",
) -> OutcomeReport:
    """Import what came of a campaign, as CSV; what can't be counted is kept with the reason. Role: planner."""
    return import_outcomes(home, name, rows, timezone, role=caller.role, who=caller.name)


@router.post("/campaigns/{name}/outcomes/touchpoints", responses=answers(outcomes=shown.OUTCOMES))
def outcomes_of_touchpoints(home: HomeIn, caller: Planner, name: str) -> OutcomeReport:
    """Count what was imported as touchpoints of a campaign's people in its window. Role: planner."""
    return take_touchpoints(home, name, role=caller.role, who=caller.name)


@router.get("/campaigns/{name}/report", responses=answers(report=shown.REPORT))
def report_of(
    home: HomeIn,
    caller: Planner,
    name: str,
    scale: Annotated[int | None, Query(ge=1, description="also what so many people would bring")] = None,
) -> CampaignReport:
    """What a campaign brought beyond what would have come anyway, with intervals. Role: planner."""
    return report(home, name, scale, role=caller.role, who=caller.name)


@router.get(
    "/campaigns/{name}/export",
    responses=files(shown.MEMBERS_CSV, MEDIA_TYPES[Format.PARQUET]),
    response_class=FileResponse,
)
def export_of(
    home: HomeIn, caller: Planner, name: str, arm: str | None = None, format: Format = Format.CSV
) -> FileResponse:
    """Who is in which arm, as a file: pseudonyms, never names. Role: planner."""
    return _file(
        f"members.{format}",
        MEDIA_TYPES[format],
        lambda path: export_members(home, name, path, arm, role=caller.role, who=caller.name),
    )


@router.post("/suppressed", responses=answers(added=shown.SUPPRESS_ANSWER))
def suppress_people(home: HomeIn, caller: Planner, asked: SuppressRequest) -> SuppressReport:
    """Suppress people: no campaign and no activation reaches them. Role: planner."""
    rows = [person.model_dump(exclude_none=True) for person in asked.people]
    return suppress(home, rows, asked.reason, caller.role, who=caller.name, note=asked.note)


@router.get("/suppressed", responses=answers(counts=shown.SUPPRESSED))
def count_suppressed(home: HomeIn, caller: Analyst) -> Suppressed:
    """How many people may not be contacted, by reason. Role: analyst."""
    return suppressed(home, caller.role)


@router.post("/activate", responses=files(shown.NAMES_CSV, "text/csv"), response_class=FileResponse)
def activate_audience(home: HomeIn, caller: Activator, asked: ActivateRequest) -> FileResponse:
    """The only way back to names: a CSV of people who may be contacted, for a stated purpose. Role: activate; audited."""
    return _file(
        "people.csv",
        MEDIA_TYPES[Format.CSV],
        lambda path: activate(home, asked.asked(), path, asked.purpose, caller.role, who=caller.name),
    )


def _file(name: str, media_type: str, write: Callable[[Path], Any]) -> FileResponse:
    """A file that is whole before its first byte is sent, and gone after its last; no cache keeps it."""
    folder = Path(tempfile.mkdtemp(prefix="renqun-campaign-"))
    try:
        write(folder / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        folder / name,
        media_type=media_type,
        filename=name,
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )
