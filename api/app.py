"""The HTTP API: the routes of each user's job under ``/v1``, one error shape, one guard."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api import problems
from api.guard import HostGuard
from api.parameters import only_known
from api.routers import (
    audit,
    campaigns,
    dictionary,
    erasure,
    export,
    hashtags,
    health,
    influence,
    keywords,
    lookalike,
    network,
    overlap,
    query,
    recommend,
    runs,
    search,
    segments,
    sources,
    spread,
    tags,
    topics,
    trends,
    value,
)
from privacy.home import Home

DESCRIPTION = """Audiences out of public conversation and search demand.

Growth teams **search** and **export**, planners ask for **lookalikes**, analysts for **trends** and **overlap**.
Every answer has passed the disclosure layer: groups under k people are hidden, totals are rounded, and member rows
need the role planner. Errors are `application/problem+json`."""


def create_app(
    home: Home, hosts: frozenset[str] = frozenset(), public: bool = False, threads: int = 2
) -> FastAPI:
    """The API over one home.

    ``hosts`` are names besides the loopback ones that a Host header may carry; ``public`` says that the server
    listens beyond loopback, where bare addresses are fine too. ``threads`` answer searches, besides those that wait for
    longer work.
    """
    app = FastAPIOffline(
        redoc_url=None,
        static_url="/assets",
        # Swagger UI would send the address of the description to a validator on the web.
        swagger_ui_parameters={"validatorUrl": None},
        title="renqun",
        version=version("renqun"),
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        responses=problems.documented(400, 401, 403, 422, 503),
        dependencies=[Depends(only_known)],
    )
    app.state.home = home
    app.state.answering = ThreadPoolExecutor(threads, thread_name_prefix="answer")
    app.add_middleware(HostGuard, hosts=hosts, public=public)
    problems.install(app)
    for part in (
        search,
        segments,
        query,
        lookalike,
        recommend,
        trends,
        topics,
        hashtags,
        keywords,
        dictionary,
        erasure,
        audit,
        overlap,
        spread,
        influence,
        network,
        export,
        campaigns,
        value,
        runs,
        sources,
        tags,
        health,
    ):
        app.include_router(part.router, prefix="/v1")
    app.add_api_route("/", _to_the_docs, include_in_schema=False)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


async def _to_the_docs() -> RedirectResponse:
    return RedirectResponse("/docs")


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the models that FastAPI can't see: the error shape, and bodies read by hand."""
    document = FastAPI.openapi(app)
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (problems.Problem, "validation"),
        (lookalike.LookalikeRequest, "validation"),
    ]
    _, found = models_json_schema(models, ref_template="#/components/schemas/{model}")
    document["components"]["schemas"].update(found["$defs"])
    return document
