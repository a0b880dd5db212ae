"""The API's process: a bound socket, then uvicorn on it."""

from __future__ import annotations

import gc
import os
import socket
import sys
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from api.app import create_app
from api.connections import ForWorkers
from api.keys import keys_in_force
from privacy.errors import BadInputError, ForbiddenError
from privacy.home import Home
from privacy.hosts import is_loopback

DEFAULT_PORT = 8600
# Objects that are kept until the collector looks through the new ones: those of many answers.
_ALLOCATIONS = 50_000
_WAITING = 128  # connections that may wait to be accepted
_HEALTHY_SECONDS = 60  # within which a worker must have come up: a busy machine takes long to import us


def serve(
    home: Home,
    host: str = "127.0.0.1",
    port: int | None = None,
    hosts: frozenset[str] = frozenset(),
    workers: int = 1,
) -> None:
    """Serve the API of ``home`` until SIGINT or SIGTERM, saying where on stderr.

    ``port`` None takes 8600, or a free one where that is taken; 0 takes a free one. ``hosts`` are further names that
    clients may use. ``workers`` processes answer side by side; one that dies is started again. `ForbiddenError` for
    an address beyond this machine while no API key is in force.
    """
    bound = _listen_somewhere(home, host) if port is None else listen(home, host, port)
    address, number = bound.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    print(
        f"renqun API on http://{shown}:{number} (documentation: /docs; Ctrl-C stops)",
        file=sys.stderr,
        flush=True,
    )
    config = uvicorn.Config(
        partial(_app, home, hosts, not is_loopback(address), _threads(workers)),
        factory=True,
        workers=workers,
        loop="api.connections:Loop",
        timeout_worker_healthcheck=_HEALTHY_SECONDS,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    with bound:
        if workers == 1:
            uvicorn.Server(config).run([bound])
        else:
            given: list[Any] = [ForWorkers(bound, workers)]
            _Workers(config, given).run()


class _Workers(Multiprocess):
    """The worker processes; one that dies is replaced at once.

    uvicorn keeps the worker's end of the line to it, too: one that died while it was being asked would be waited for as long as
    one that is busy, and nothing else done meanwhile. Without that end the line breaks off.
    """

    def init_processes(self) -> None:
        """As uvicorn has it."""
        super().init_processes()
        self._let_go()

    def keep_subprocess_alive(self) -> None:
        """As uvicorn has it."""
        super().keep_subprocess_alive()
        self._let_go()

    def _let_go(self) -> None:
        for process in self.processes:
            process.child_conn.close()


def _threads(workers: int) -> int:
    """A worker's share of the processors."""
    return max(1, (os.cpu_count() or 1) // workers)


def _app(home: Home, hosts: frozenset[str], public: bool, threads: int) -> FastAPI:
    """The app of one process.

    Python's collector of cycles comes seldom: the rows of an answer have none, and looking through all that is loaded stops
    every request for a while.
    """
    app = create_app(home, hosts, public, threads)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)
    return app


def _listen_somewhere(home: Home, host: str) -> socket.socket:
    try:
        return listen(home, host, DEFAULT_PORT)
    except BadInputError:
        return listen(home, host, 0)


def listen(home: Home, host: str, port: int) -> socket.socket:
    """A listening socket on ``host`` and ``port`` (0: a free one).

    `ForbiddenError` for an address beyond this machine while no API key is in force; `BadInputError` for one that
    can't be taken.
    """
    if not is_loopback(host) and not keys_in_force(home):
        raise ForbiddenError(
            f"serving on {host} would open the API to others without a key",
            "renqun keys add NAME makes one; or serve on 127.0.0.1",
        )
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, proto)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_WAITING)
    except OSError as error:
        raise BadInputError(
            f"can't listen on {host}:{port} ({error.strerror or error})", "choose another --port"
        ) from None
    return bound
