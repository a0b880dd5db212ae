"""A server that misbehaves on purpose, for tests of crawlers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse

from .serve import Servers, listen, url_of

Answer = Literal["500", "html", "truncated", "cut-off", "redirect-loop", "slow", "429", "empty", "noindex"]
Robots = Literal["open", "closed", "huge", "500", "missing", "html", "redirect-loop"]
HUGE_ROBOTS_BYTES = 5_000_000
SLOW_SECONDS = 30.0


class Faults(Servers):
    """A server at ``url`` whose every path gives the same ``answer``, and whose robots.txt is as asked."""

    def __init__(self, answer: Answer = "500", robots: Robots = "open", port: int = 0) -> None:
        opened = listen("127.0.0.1", port)
        self.url = url_of(opened)
        self.asked: list[str] = []
        super().__init__([(self._app(answer, robots), opened)])

    def _app(self, answer: Answer, robots: Robots) -> FastAPI:
        app = FastAPI()

        @app.get("/robots.txt")
        async def robots_txt() -> Response:
            return robots_answer(robots)

        @app.get("/{path:path}")
        async def anything(request: Request, path: str) -> Response:
            self.asked.append(f"/{path}")
            if answer == "slow":
                await asyncio.sleep(SLOW_SECONDS)
            return fault_answer(answer, request)

        return app


def robots_answer(robots: Robots) -> Response:
    """robots.txt in one of its conditions; ``huge`` forbids everything, but only after 5 MB."""
    if robots == "500":
        return PlainTextResponse("out of order", 500)
    if robots == "missing":
        return PlainTextResponse("not here", 404)
    if robots == "html":
        return HTMLResponse("<!doctype html><title>Welcome</title><p>Welcome</p>")
    if robots == "redirect-loop":
        return RedirectResponse("/robots.txt", 302)
    if robots == "huge":
        line = "# nothing to see on this line of a very long file\n"
        return PlainTextResponse(line * (HUGE_ROBOTS_BYTES // len(line)) + "User-agent: *\nDisallow: /\n")
    return PlainTextResponse(
        "User-agent: *\nDisallow: /\n" if robots == "closed" else "User-agent: *\nDisallow:\n"
    )


def fault_answer(answer: Answer, request: Request) -> Response:
    """The one answer that a faulty server gives."""
    body = b'[{"id":"1","created_at":"2026-08-01T00:00:00.000Z","content":"<p>\xe4\xbb\x8a'
    if answer == "500":
        return PlainTextResponse("Internal Server Error", 500)
    if answer == "429":
        return PlainTextResponse("slow down", 429, {"Retry-After": "2"})
    if answer == "html":
        return HTMLResponse("<!doctype html><title>Maintenance</title><h1>Back soon</h1>")
    if answer == "truncated":
        return Response(body, media_type="application/json")
    if answer == "redirect-loop":
        return RedirectResponse(str(request.url), 302)
    if answer == "noindex":
        return Response(b"[]", media_type="application/json", headers={"X-Robots-Tag": "noindex"})
    if answer == "cut-off":
        return StreamingResponse(
            _once(body), headers={"Content-Length": "9999", "Content-Type": "application/json"}
        )
    return Response(b"" if answer == "empty" else b"[]", media_type="application/json")


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
