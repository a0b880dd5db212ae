"""How many connections a worker says that it has."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile

from api.connections import _NOBODY, Loop, Shared, Shares


class _Listens(asyncio.Protocol):
    """Takes what comes."""


def test_a_connection_that_ended_is_counted_no_more() -> None:
    """A worker that counted it until the next one comes would leave that to the others."""
    with tempfile.TemporaryFile() as file:
        file.write(_NOBODY * 2)
        file.flush()
        shares = Shares(os.dup(file.fileno()))
    shared = Shared(fileno=socket.create_server(("127.0.0.1", 0)).detach())
    shared.shares = shares

    async def counted() -> None:
        server = await asyncio.get_running_loop().create_server(_Listens, sock=shared)
        writers = [(await asyncio.open_connection(*shared.getsockname()))[1] for _ in range(3)]
        await _until(shares, 3)
        for left, writer in zip((2, 1, 0), writers, strict=True):
            writer.close()
            await _until(shares, left)
        server.close()

    with asyncio.Runner(loop_factory=Loop) as runner, shared:
        runner.run(counted())


async def _until(shares: Shares, connections: int) -> None:
    async with asyncio.timeout(20):
        while shares.all() != connections:
            await asyncio.sleep(0.01)
