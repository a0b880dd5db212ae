"""The sandbox's pages from memory: ``python -m bench.page_server``; a page is made when it is first asked for.

Answers go out as prepared bytes, so that on two cores the crawler is what is measured and not the server. It says on its
first line of output where it answers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI

from sandbox.apps.common import Options
from sandbox.apps.discourse import create_discourse
from sandbox.apps.mastodon import create_mastodon
from sandbox.serve import listen, url_of
from sandbox.world import World

_END = datetime(2026, 9, 1, tzinfo=UTC)


class Pages:
    """An app whose answers are kept by their path."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.kept: dict[bytes, bytes] = {}

    async def make(self, target: bytes) -> bytes:
        """Ask the app for a page and keep its answer as it goes over the wire."""
        path, _, query = target.partition(b"?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": unquote(path.decode()), "raw_path": path, "query_string": query, "root_path": "",
            "headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
        }  # fmt: skip
        status, headers, body = 500, list[tuple[bytes, bytes]](), b""

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status, headers, body
            if message["type"] == "http.response.start":
                status, headers = message["status"], list(message["headers"])
            else:
                body += message.get("body", b"")

        await self._app(scope, receive, send)
        lines = [b"HTTP/1.1 %d Answer" % status, *(b"%s: %s" % pair for pair in headers)]
        self.kept[target] = b"\r\n".join(lines) + b"\r\n\r\n" + body
        return self.kept[target]


class Connection(asyncio.Protocol):
    """One client: requests without bodies, answered one after the other."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._unread = b""
        self._making = set[asyncio.Task[None]]()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        *whole, self._unread = (self._unread + data).split(b"\r\n\r\n")
        for request in whole:
            target = request.split(b" ", 2)[1]
            kept = self._pages.kept.get(target)
            if kept is not None:
                self._transport.write(kept)
            else:
                task = asyncio.ensure_future(self._make(target))
                self._making.add(task)
                task.add_done_callback(self._making.discard)

    async def _make(self, target: bytes) -> None:
        self._transport.write(await self._pages.make(target))


async def serve(users: int, days: int) -> None:
    """Serve both networks until the process is ended."""
    world, loop = World.generate(users, days, 7, _END), asyncio.get_running_loop()
    urls, servers = {}, []
    for kind, create in (("mastodon", create_mastodon), ("discourse", create_discourse)):
        opened = listen("127.0.0.1", 0)
        urls[kind] = url_of(opened)
        pages = Pages(create(world, urls[kind], Options(None, None)))
        servers.append(await loop.create_server(lambda pages=pages: Connection(pages), sock=opened))  # type: ignore[misc]
    print(json.dumps(urls), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--users", type=int, required=True)
    parser.add_argument("--days", type=int, required=True)
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(given.users, given.days))
