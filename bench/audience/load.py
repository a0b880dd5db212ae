"""A client that costs little beside the server that it loads: one thread, nothing parsed before the clock has stopped.

Run in a process of its own (``bench.child``), since it shares the processors with the server.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
import uvloop

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_SECONDS = 60  # an answer that takes longer never comes


def timed(url: str, file: str, connections: str) -> dict[str, Any]:
    """Search with each line of ``file`` (JSON bodies), every connection with its next one as soon as it has an answer.

    Returns ``seconds`` of all together and ``took``, those of each in the file's order. Raises RuntimeError for any answer
    that is not a search's, or lacks the members or facets that were asked for.
    """
    bodies = Path(file).read_bytes().splitlines()
    return uvloop.run(
        _all(url, bodies, int(connections))
    )  # asyncio's own loop takes more of each answer's time


async def _all(url: str, bodies: Sequence[bytes], connections: int) -> dict[str, Any]:
    host = urlsplit(url).netloc
    opened = [await _Connection.open(host) for _ in range(min(connections, len(bodies)))]
    requests = iter(enumerate(bodies))
    took, answers = [0.0] * len(bodies), [b""] * len(bodies)

    async def send(connection: _Connection) -> None:
        for place, body in requests:
            began = perf_counter()
            async with asyncio.timeout(_SECONDS):
                answers[place] = await connection.ask(body)
            took[place] = perf_counter() - began

    began = perf_counter()
    await asyncio.gather(*map(send, opened))
    seconds = perf_counter() - began
    for connection in opened:
        connection.close()
    for body, answer in zip(bodies, answers, strict=True):
        _check(orjson.loads(body), answer)
    return {"seconds": seconds, "took": took}


class _Connection(asyncio.Protocol):
    """One kept connection; an answer is its status line and what ``content-length`` says follows the head."""

    def __init__(self, host: str) -> None:
        self._head = (
            f"POST /v1/search HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n".encode()
        )
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bytes] = asyncio.Future()
        self._read = bytearray()
        self._whole = 0

    @classmethod
    async def open(cls, host: str) -> _Connection:
        name, _, port = host.rpartition(":")
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: cls(host), name.strip("[]"), int(port)
        )
        return connection

    async def ask(self, body: bytes) -> bytes:
        assert self._transport is not None
        self._answer, self._whole = asyncio.Future(), 0
        self._read.clear()
        self._transport.write(self._head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return await self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self._whole and (end := self._read.find(_END)) >= 0:
            head = bytes(self._read[:end]).lower()
            at = head.index(_LENGTH) + len(_LENGTH)
            self._whole = end + len(_END) + int(head[at:].split(b"\r\n", 1)[0])
        if self._whole and len(self._read) >= self._whole:
            self._answer.set_result(bytes(self._read))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._answer.done():
            self._answer.set_exception(RuntimeError(f"the API closed the connection: {exc}"))

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


def _check(asked: dict[str, Any], answer: bytes) -> None:
    head, _, body = answer.partition(_END)
    status = head.split(b" ", 2)[1]
    told = json.loads(body)
    if status != b"200":
        raise RuntimeError(f"the API answered {status.decode()}: {told}")
    if told["hidden"]:
        return
    if not (0 < len(told["members"]) <= asked["limit"]):
        raise RuntimeError(f"{len(told['members'])} members came for {asked['query']}")
    if len(told["facets"]) != len(asked["facets"] or ()):
        raise RuntimeError(f"{len(told['facets'])} facets came for {asked['query']}")
