"""Planners: the people most like a list of seeds. Seeds come as JSON, or as a CSV file's text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from api.examples.kinds import answers
from api.examples.planning import LOOKALIKE_ANSWER, LOOKALIKE_CSV, LOOKALIKE_REQUEST
from api.guard import HomeIn, Planner
from api.seeds import Seed, rows_of
from audience.lookalike.answers import LookalikeAnswer
from audience.lookalike.find import lookalike
from audience.lookalike.seeds import resolve
from audience.named.lists import read_csv
from privacy.errors import BadInputError

router = APIRouter(tags=["lookalike"])
MAX_BODY = 64 << 20


class LookalikeRequest(BaseModel):
    """Seeds and how many people to find."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [LOOKALIKE_REQUEST]})

    seeds: list[Seed] | str = Field(
        description="at least as many resolved people as k; or a query for them, such as segment:NAME"
    )
    size: int = Field(default=500, ge=1, le=1_000_000)
    where: str = Field(default="", description="a query that candidates meet")
    without: str = Field(default="", description="a query that no candidate meets")
    ignore: list[str] = Field(default=[], description="features not to compare by, such as tag:露营")
    kinds: int = Field(default=1, ge=1, le=20, description="for diversity: so many kinds of seeds")
    method: str | None = Field(default=None, description="default: what finds hidden seeds best")


# The body is read by hand, since it comes in two media types; this is what the documentation shows of it.
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/LookalikeRequest"}},
            "text/csv": {"schema": {"type": "string"}, "example": LOOKALIKE_CSV},
        },
    }
}


@router.post("/lookalike", responses=answers(found=LOOKALIKE_ANSWER), openapi_extra=BODY)
async def lookalike_of(
    request: Request,
    home: HomeIn,
    caller: Planner,
    size: Annotated[int, Query(ge=1, le=1_000_000, description="for CSV bodies, as those below")] = 500,
    where: Annotated[str, Query(description="a query that candidates meet")] = "",
    without: Annotated[str, Query(description="a query that no candidate meets")] = "",
    ignore: Annotated[list[str], Query(description="features not to compare by")] = [],  # noqa: B006
    kinds: Annotated[int, Query(ge=1, le=20, description="for diversity: so many kinds of seeds")] = 1,
    method: Annotated[str | None, Query(description="default: what finds hidden seeds best")] = None,
) -> LookalikeAnswer:
    """Find the people most like the seeds, why, and how far down the list still pays. Role: planner."""
    body = await _body(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv":
        rows: Iterable[Mapping[str, str]] | str = read_csv(body)
    else:
        asked = _read(body)
        rows = asked.seeds if isinstance(asked.seeds, str) else rows_of(asked.seeds)
        size, where, without, ignore = asked.size, asked.where, asked.without, asked.ignore
        kinds, method = asked.kinds, asked.method

    def answer() -> LookalikeAnswer:
        return lookalike(
            home,
            rows if isinstance(rows, str) else resolve(home, rows),
            size,
            where=where,
            without=without,
            ignore=ignore,
            kinds=kinds,
            method=method,
            role=caller.role,
            who=caller.name,
        )

    return await run_in_threadpool(answer)


async def _body(request: Request) -> bytes:
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > MAX_BODY:
            raise BadInputError(f"the seed list is over {MAX_BODY >> 20} MB", "send fewer seeds")
        parts.append(part)
    return b"".join(parts)


def _read(body: bytes) -> LookalikeRequest:
    try:
        return LookalikeRequest.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(
            [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        ) from error
