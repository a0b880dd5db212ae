"""What the sandbox's servers share: options, robots.txt, rate limits, request counts, bounded caches."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Generic, TypeVar

import orjson
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

K = TypeVar("K")
V = TypeVar("V")
OPEN_PATHS = ("/robots.txt", "/sandbox/stats")


@dataclass(frozen=True, slots=True)
class Options:
    """How the servers treat their visitors."""

    rate_limit: tuple[int, float] | None = None  # requests in seconds; None: no limit
    crawl_delay: float | None = None


class BoundedCache(dict[K, V], Generic[K, V]):
    """Remembers what ``make`` gave for a key; forgets everything when it is full."""

    def __init__(self, make: Callable[[K], V], most: int) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, key: K) -> V:
        if len(self) >= self._most:
            self.clear()
        value = self[key] = self._make(key)
        return value


@dataclass(slots=True)
class Visits:
    """Counts requests by kind of path, and keeps the fixed window of the rate limit."""

    options: Options
    by_path: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    used: int = 0
    resets_at: float = 0.0

    def admit(self, now: float) -> bool:
        """Count one request; False where the window is used up."""
        if self.options.rate_limit is None:
            return True
        most, seconds = self.options.rate_limit
        if now >= self.resets_at:
            self.used, self.resets_at = 0, now + seconds
        self.used += 1
        if self.used > most:
            self.refused += 1
            return False
        return True

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The X-RateLimit headers as Mastodon names them."""
        most = self.options.rate_limit[0] if self.options.rate_limit else 1_000_000
        reset = datetime.fromtimestamp(self.resets_at or time.time() + 300, UTC)
        return [
            (b"x-ratelimit-limit", str(most).encode()),
            (b"x-ratelimit-remaining", str(max(0, most - self.used)).encode()),
            (b"x-ratelimit-reset", iso(reset).encode()),
        ]


class Turnstile:
    """ASGI middleware: counts, limits, and stamps every answer with the limit's headers."""

    def __init__(self, app: ASGIApp, visits: Visits) -> None:
        self.app, self.visits = app, visits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429 with when to come back."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self.app(scope, receive, send)
            return
        now = time.time()
        self.visits.by_path["/".join(scope["path"].split("/")[:4])] += 1
        if not self.visits.admit(now):
            wait = max(1, int(self.visits.resets_at - now + 0.999))
            refusal = Response(b'{"error":"Too many requests"}', 429, media_type="application/json")
            refusal.raw_headers += [*self.visits.headers(), (b"retry-after", str(wait).encode())]
            await refusal(scope, receive, send)
            return

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self.visits.headers()]
            await send(message)

        await self.app(scope, receive, stamped)


def make_app(title: str, options: Options) -> FastAPI:
    """An app with robots.txt, its statistics, a forbidden corner, and the turnstile in front."""
    app = FastAPI(title=title)
    visits = Visits(options)
    app.add_middleware(Turnstile, visits=visits)
    delay = f"Crawl-delay: {options.crawl_delay:g}\n" if options.crawl_delay else ""
    robots = f"User-agent: *\nDisallow: /private\n{delay}"

    @app.get("/robots.txt")
    async def robots_txt() -> PlainTextResponse:
        return PlainTextResponse(robots)

    @app.get("/private/{rest:path}")
    async def private(rest: str) -> Response:
        return json_response({"error": "robots.txt asks you not to come here", "path": rest})

    @app.get("/sandbox/stats")
    async def stats() -> Response:
        return json_response({"requests": dict(visits.by_path), "refused": visits.refused})

    return app


def json_response(value: object, status: int = 200) -> Response:
    """A JSON answer, quickly."""
    return Response(orjson.dumps(value), status, media_type="application/json")


def json_list(parts: list[bytes]) -> bytes:
    """A JSON array of ready-made fragments."""
    return b"[" + b",".join(parts) + b"]"


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and Z, as both APIs write it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_ms(milliseconds: int) -> str:
    """ISO 8601 of milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def html_text(text: str) -> str:
    """Plain text as HTML, line breaks kept."""
    return escape(text, quote=False).replace("\n", "<br>")


def scatter(number: int, salt: int, below: int) -> int:
    """A number in ``0 .. below - 1`` that looks random and is always the same for the same arguments."""
    mixed = (number * 0x9E3779B97F4A7C15 + salt * 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF
    mixed ^= mixed >> 29
    return ((mixed * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF) % below
