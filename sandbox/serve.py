"""Serve a world: three servers on loopback in one thread, each on its own port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import uvicorn

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


class Serving:
    """Three running servers; a context manager that stops them."""

    def __init__(self, world: World, sockets: list[socket.socket], options: Options) -> None:
        self.world = world
        host = sockets[0].getsockname()[0]
        self.urls = {
            kind: f"http://{host}:{s.getsockname()[1]}" for kind, s in zip(KINDS, sockets, strict=True)
        }
        makers = (create_mastodon, create_discourse, create_keywords)
        self._servers = [
            _Server(
                uvicorn.Config(
                    make(world, self.urls[kind], options),
                    log_level="warning",
                    access_log=False,
                    lifespan="off",
                    timeout_graceful_shutdown=2,
                )
            )
            for kind, make in zip(KINDS, makers, strict=True)
        ]
        self._sockets = sockets
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    def _run(self) -> None:
        async def all_of_them() -> None:
            await asyncio.gather(
                *(server.serve([s]) for server, s in zip(self._servers, self._sockets, strict=True))
            )

        asyncio.run(all_of_them())

    def start(self) -> Serving:
        """Start and wait until every server accepts connections; RuntimeError if one does not."""
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not all(server.started for server in self._servers):
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the sandbox's servers did not start")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """Stop all servers and wait for them."""
        for server in self._servers:
            server.should_exit = True
        self._thread.join()

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

    def __enter__(self) -> Serving:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _listen(host: str, port: int) -> socket.socket:
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
    sockets: list[socket.socket] = []
    try:
        for i in range(len(KINDS)):
            sockets.append(_listen(host, port + i if port else 0))  # noqa: PERF401
    except OSError:
        for opened in sockets:
            opened.close()
        raise
    return Serving(world, sockets, Options(rate_limit, crawl_delay)).start()
