"""Planners: the people most like a list of seeds. Seeds come as JSON, or as a CSV file's text."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from api.guard import HomeIn, Planner
from api.routers import examples
from audience.answers import LookalikeAnswer
from audience.lookalike import lookalike
from audience.seeds import read_csv, resolve
from privacy.errors import BadInputError

router = APIRouter(tags=["lookalike"])
MAX_BODY = 64 << 20


class Seed(BaseModel):
    """A person: source with native_id or handle, or a profile URL, or a customer id of imported links."""

    model_config = ConfigDict(extra="forbid")

    source: str | None = None
    native_id: str | None = None
    handle: str | None = None
    url: str | None = None
    customer_id: str | None = None
    account_id: str | None = Field(default=None, description="a pseudonym, as answers and exports give it")


class LookalikeRequest(BaseModel):
    """Seeds and how many people to find."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.LOOKALIKE_REQUEST]})

    seeds: list[Seed] = Field(description="at least as many resolved people as k")
    size: int = Field(default=500, ge=1, le=1_000_000)
    without: list[str] = Field(default=[], description="features to leave out, such as tag:露营")


# The body is read by hand, since it comes in two media types; this is what the documentation shows of it.
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/LookalikeRequest"}},
            "text/csv": {"schema": {"type": "string"}, "example": examples.LOOKALIKE_CSV},
        },
    }
}


@router.post("/lookalike", responses=examples.answers(found=examples.LOOKALIKE_ANSWER), openapi_extra=BODY)
async def lookalike_of(
    request: Request,
    home: HomeIn,
    caller: Planner,
    size: Annotated[int, Query(ge=1, le=1_000_000, description="for CSV bodies")] = 500,
    without: Annotated[list[str], Query(description="for CSV bodies: features to leave out")] = [],  # noqa: B006
) -> LookalikeAnswer:
    """Find the people most like the seeds, why, and how far down the list still pays. Role: planner."""
    rows, size, left_out = _read(await _body(request), request.headers.get("content-type", ""), size, without)

    def answer() -> LookalikeAnswer:
        seeds = resolve(home, rows)
        return lookalike(home, seeds, size, without=left_out, role=caller.role, who=caller.name)

    return await run_in_threadpool(answer)


async def _body(request: Request) -> bytes:
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > MAX_BODY:
            raise BadInputError(f"the seed list is over {MAX_BODY >> 20} MB", "send fewer seeds")
        parts.append(part)
    return b"".join(parts)


def _read(
    body: bytes, media_type: str, size: int, without: list[str]
) -> tuple[list[dict[str, str]], int, tuple[str, ...]]:
    """Seed rows, size and features left out, from either media type."""
    if media_type.partition(";")[0].strip().lower() == "text/csv":
        return read_csv(body), size, tuple(without)
    try:
        asked = LookalikeRequest.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(
            [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        ) from error
    rows = [seed.model_dump(exclude_none=True) for seed in asked.seeds]
    return rows, asked.size, tuple(asked.without)
