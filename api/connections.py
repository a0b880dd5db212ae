"""Workers that share the connections of one listening socket evenly.

Left to itself, the kernel gives a connection to whichever worker wakes first, or to one by chance: of eight clients two
may have one processor and six the other, for as long as they stay. Here each worker says, where all see it, how many
connections it has, and leaves the next one to those that have fewer.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import mmap
import os
import socket
import tempfile
from collections.abc import Callable
from multiprocessing.reduction import DupFd
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import SelectorEventLoop as _Loop
else:
    try:
        from uvloop import Loop as _Loop
    except ImportError:
        from asyncio import SelectorEventLoop as _Loop

_MOMENT = 0.001  # seconds until the others are looked at again
_PATIENCE = 0.02  # seconds that a connection is left to the others: they may be busy, or one of them dead
_FULL = 1.0  # seconds until more are taken where no more can be held open
_NOBODY = b"\xff" * 8  # -1: a place that no worker has


class Shares:
    """How many connections each worker has, in a file that all of them have mapped.

    A worker's place is one that it holds a lock on: the system lets go of it when the worker dies, and another takes it.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor  # kept open: to close it would give the lock back
        self._counts = memoryview(mmap.mmap(descriptor, 0)).cast("q")
        self._mine = 0

    def begin(self) -> None:
        """Take a place, with no connection yet."""
        self._mine = next(place for place in range(len(self._counts)) if self._free(place))
        self.have(0)

    def _free(self, place: int) -> bool:
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except OSError:
            return False
        return True

    def have(self, connections: int) -> None:
        """Say how many this worker has; -1: it takes no more."""
        self._counts[self._mine] = connections

    def all(self) -> int:
        """How many all of them have."""
        return sum(count for count in self._counts if count > 0)

    def nobody_has_fewer(self) -> bool:
        """Whether the next connection is this worker's."""
        return self._counts[self._mine] <= min(count for count in self._counts if count >= 0)


class Shared(socket.socket):
    """A worker's own handle of the listening socket, with what each worker has of it."""

    shares: Shares


class ForWorkers:
    """Stands for a listening socket in what each worker is given, and is a `Shared` one there."""

    def __init__(self, bound: socket.socket, workers: int) -> None:
        self._bound = bound
        with tempfile.TemporaryFile() as file:
            # Where workers are replaced one by one, the new one comes before the old one goes.
            file.write(_NOBODY * (2 * workers))
            file.flush()
            self._shares = os.dup(file.fileno())

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _shared, (self._bound, DupFd(self._shares))


def _shared(bound: socket.socket, shares: Any) -> Shared:
    shared = Shared(fileno=bound.detach())
    shared.shares = Shares(shares.detach())
    return shared


class Loop(_Loop):
    """An event loop that serves `Shared` sockets by shares, and all others as ever."""

    async def create_server(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        """As asyncio has it."""
        sock = options.get("sock")
        if isinstance(sock, Shared):
            return _Server(self, sock, protocol_factory)
        return await super().create_server(protocol_factory, *args, **options)


class _Server:
    """What takes connections for one worker; of asyncio's servers as much as uvicorn asks for."""

    def __init__(self, loop: Loop, sock: Shared, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._loop, self._sock, self._protocol = loop, sock, protocol
        self._opening: set[asyncio.Task[Any]] = set()
        self._open: list[asyncio.BaseTransport] = []
        self._serving = True
        sock.setblocking(False)
        sock.shares.begin()
        loop.add_reader(sock.fileno(), self._waits)

    def close(self) -> None:
        """Take no more."""
        if self._serving:
            self._serving = False
            self._loop.remove_reader(self._sock.fileno())
            self._sock.shares.have(-1)

    async def wait_closed(self) -> None:
        """Return once those that were taken are open."""
        await asyncio.gather(*self._opening, return_exceptions=True)

    def _waits(self) -> None:
        """A connection waits: it is this worker's, or left to the others for a while."""
        self._tell()
        if self._sock.shares.nobody_has_fewer():
            self._take()
        else:
            self._loop.remove_reader(self._sock.fileno())
            self._leave(self._sock.shares.all(), self._loop.time() + _PATIENCE)

    def _leave(self, had: int, until: float) -> None:
        """Look again every moment: whether the others took it, or it is this worker's by now, or none of them comes for it."""
        shares, late = self._sock.shares, self._loop.time() >= until
        if not self._serving:
            return
        if late or shares.all() != had or shares.nobody_has_fewer():
            self._loop.add_reader(self._sock.fileno(), self._waits)
            if late:
                self._take()
        else:
            self._loop.call_later(_MOMENT, self._leave, had, until)

    def _take(self) -> None:
        try:
            connection, _ = self._sock.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another worker has it, or nobody any more
        except OSError:
            self._rest()
            return
        opening = self._loop.create_task(self._begin(connection))
        self._opening.add(opening)
        self._tell()
        opening.add_done_callback(self._opening.discard)

    async def _begin(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # whoever asked has gone again
            transport, _ = await self._loop.connect_accepted_socket(self._told_of_its_end, connection)
            self._open.append(transport)

    def _told_of_its_end(self) -> asyncio.Protocol:
        """A protocol whose connection is counted no more as soon as it is lost."""
        protocol = self._protocol()
        lost = protocol.connection_lost

        def connection_lost(exc: Exception | None) -> None:
            lost(exc)
            if self._serving:
                self._tell()

        protocol.connection_lost = connection_lost  # type: ignore[method-assign]
        return protocol

    def _tell(self) -> None:
        self._open = [transport for transport in self._open if not transport.is_closing()]
        self._sock.shares.have(len(self._open) + len(self._opening))

    def _rest(self) -> None:
        self._loop.remove_reader(self._sock.fileno())
        self._loop.call_later(_FULL, self._go_on)

    def _go_on(self) -> None:
        if self._serving:
            self._loop.add_reader(self._sock.fileno(), self._waits)
