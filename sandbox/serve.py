"""Serve a world: three servers on loopback in one thread, each on its own port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

import uvicorn
from fastapi import FastAPI

from .apps.common import Options
from .apps.discourse import create_discourse
from .apps.keywords import create_keywords
from .apps.mastodon import create_mastodon
from .population import SOURCES
from .world import World

KINDS = ("mastodon", "discourse", "keywords")
START_SECONDS = 30.0


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to whoever started it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals."""
        yield


class Servers:
    """Apps that run in one background thread, each on its own socket; a context manager that stops them."""

    def __init__(self, apps: list[tuple[FastAPI, socket.socket]]) -> None:
        self._servers = [
            _Server(
                uvicorn.Config(
                    app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=2
                )
            )
            for app, _ in apps
        ]
        self._sockets = [opened for _, opened in apps]
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not all(server.started for server in self._servers):
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the sandbox's servers did not start")
            time.sleep(0.01)

    def _run(self) -> None:
        async def all_of_them() -> None:
            pairs = zip(self._servers, self._sockets, strict=True)
            await asyncio.gather(*(server.serve([opened]) for server, opened in pairs))

        asyncio.run(all_of_them())

    def stop(self) -> None:
        """Stop all servers and wait for them."""
        for server in self._servers:
            server.should_exit = True
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Serving(Servers):
    """A world behind its three running servers."""

    def __init__(self, world: World, sockets: list[socket.socket], options: Options) -> None:
        self.world = world
        self.urls = {kind: url_of(opened) for kind, opened in zip(KINDS, sockets, strict=True)}
        makers = (create_mastodon, create_discourse, create_keywords)
        apps = [make(world, url, options) for make, url in zip(makers, self.urls.values(), strict=True)]
        super().__init__(list(zip(apps, sockets, strict=True)))

    def about(self) -> dict[str, Any]:
        """What a caller needs to begin: the addresses and the tracked accounts."""
        brands = [
            {
                "name": entry.name,
                "role": entry.role,
                "handle": entry.handle,
                "source": SOURCES[0],
                "native_id": self.world.native_id(i),
            }
            for i, entry in enumerate(self.world.population.tracked)
        ]
        return {**self.urls, "brands": brands}


def url_of(opened: socket.socket) -> str:
    """The base URL of a listening socket."""
    host, port = opened.getsockname()[:2]
    return f"http://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; asyncio turns off Nagle's delay only where the protocol is given."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(1024)
    except OSError:
        opened.close()
        raise
    return opened


def serve(
    world: World,
    host: str = "127.0.0.1",
    port: int = 0,
    rate_limit: tuple[int, float] | None = None,
    crawl_delay: float | None = None,
) -> Serving:
    """Serve ``world`` on ports ``port``, ``port + 1``, ``port + 2`` (0: free ones) until ``stop()``.

    ``rate_limit`` is (requests, seconds) for each server; ``crawl_delay`` goes into robots.txt.
    """
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(listen(host, port + i if port else 0)) for i in range(len(KINDS))]
        stack.pop_all()
    return Serving(world, sockets, Options(rate_limit, crawl_delay))
