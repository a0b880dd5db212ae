"""Growth teams: take an audience along, by pseudonym. The file is complete before its first byte is sent."""

from __future__ import annotations

import shutil
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict
from starlette.background import BackgroundTask

from api.examples.audience import EXPORT_CSV, EXPORT_REQUESTS
from api.examples.kinds import files
from api.guard import Caller, HomeIn, Planner
from audience.query.model import QueryOrText
from audience.search.export import export
from privacy.home import Home

router = APIRouter(tags=["export"])


class Format(StrEnum):
    """The kinds of file."""

    CSV = "csv"
    PARQUET = "parquet"


MEDIA_TYPES = {Format.CSV: "text/csv; charset=utf-8", Format.PARQUET: "application/vnd.apache.parquet"}
RESPONSES = files(EXPORT_CSV, "application/vnd.apache.parquet")


class ExportRequest(BaseModel):
    """An audience as text or as a nested model, and the kind of file."""

    model_config = ConfigDict(extra="forbid")

    query: QueryOrText
    format: Format = Format.CSV


@router.post("/export", responses=RESPONSES, response_class=FileResponse)
def export_by_body(
    asked: Annotated[ExportRequest, Body(openapi_examples=EXPORT_REQUESTS)],
    home: HomeIn,
    caller: Planner,
) -> FileResponse:
    """An audience as a file: one row a person, by pseudonym, never by name. Audited. Role: planner."""
    return _file(home, asked, caller)


@router.get("/export", responses=RESPONSES, response_class=FileResponse)
def export_by_text(
    home: HomeIn,
    caller: Planner,
    q: Annotated[str, Query(description="the query as text", examples=["tag:露营>=3"])],
    format: Format = Format.CSV,
) -> FileResponse:
    """The same with the query as text in the URL."""
    return _file(home, ExportRequest(query=q, format=format), caller)


def _file(home: Home, asked: ExportRequest, caller: Caller) -> FileResponse:
    folder = Path(tempfile.mkdtemp(prefix="renqun-export-"))
    try:
        path = folder / f"audience.{asked.format}"
        export(home, asked.query, path, role=caller.role, who=caller.name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        path,
        media_type=MEDIA_TYPES[asked.format],
        filename=path.name,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )
