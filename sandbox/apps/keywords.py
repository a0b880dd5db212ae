"""Keyword endpoints: suggestions in the sugrec shape, and a daily search index."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import FastAPI
from fastapi.responses import Response

from ..world import World
from .common import Options, json_response, make_app


def create_keywords(world: World, base_url: str, options: Options | None = None) -> FastAPI:
    """The keyword server at ``base_url``."""
    app = make_app("sandbox keywords", options or Options())
    first = world.start.date()

    @app.get("/sugrec")
    async def sugrec(wd: str = "", prod: str = "pc") -> Response:
        found = world.search.suggest(wd)
        body: dict[str, object] = {"q": wd, "p": False}
        if found:
            body["g"] = [{"type": "sug", "sa": f"s_{i + 1}", "q": text} for i, text in enumerate(found)]
        return json_response(body | {"slid": "0", "queryid": "0x0"})

    @app.get("/index/terms")
    async def terms() -> Response:
        return json_response({"terms": world.search.terms()})

    @app.get("/index")
    async def index(term: str = "", start: date | None = None, end: date | None = None) -> Response:
        values = world.search.series(term)
        if values is None:
            return json_response({"error": "unknown term", "term": term}, 404)
        days = ((first + timedelta(days=i), int(value)) for i, value in enumerate(values))
        series = [
            {"date": day.isoformat(), "index": value}
            for day, value in days
            if (start is None or day >= start) and (end is None or day <= end)
        ]
        return json_response({"term": term, "unit": "search index", "series": series})

    return app
