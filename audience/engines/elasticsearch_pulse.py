"""Whether Elasticsearch lives: asked beside each request that takes long, and before the next where it has fallen silent.

How long an answer may take depends on how many people there are, so time alone tells nothing. But a server that works on a
question answers a small one meanwhile, and one that hangs, or whose machine is gone, answers neither.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from elasticsearch import ApiError, AsyncElasticsearch, ConnectionTimeout, TransportError

# Seconds until the server is asked whether it lives, and how many it has for that: it may stand still to collect garbage.
_QUIET, _BEAT = 5.0, 4.0
# How many it has where it was silent before.
HURRY = 1.0
_T = TypeVar("_T")


class SilentError(ConnectionTimeout):
    """The server gives no sign of life; ``lived`` is when it last did since the request began (monotonic), if it did."""

    def __init__(self, lived: float | None) -> None:
        super().__init__("no sign of life")
        self.lived = lived


class Pulse:
    """Watches requests on one event loop. The client is its own: requests must not take the connection that it asks by."""

    def __init__(self, client: AsyncElasticsearch) -> None:
        self._client = client.options(request_timeout=_BEAT, max_retries=0)
        self._silent = False
        self._beat: tuple[float, asyncio.Task[bool]] | None = None

    async def watch(self, work: Coroutine[Any, Any, _T], within: float = _QUIET) -> _T:
        """The request's result, however long it takes while the server lives.

        Raises SilentError as soon as it does not: some nine seconds after its last sign of life, sooner where ``within`` is
        fewer, and within one second where it was silent before.
        """
        if self._silent and not await self._beats(HURRY):
            work.close()
            raise SilentError(None)
        within, lived = max(within, HURRY), None
        asked = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({asked}, timeout=min(within, _QUIET)))[0]:
                if not await self._beats(min(within, _BEAT)) and not asked.done():
                    raise SilentError(lived)
                lived = time.monotonic()
            return asked.result()
        except ConnectionTimeout:
            self._silent = True
            raise
        finally:
            asked.cancel()

    async def _beats(self, seconds: float) -> bool:
        """Whether it says anything within so many seconds; all who wonder at a time ask once."""
        if self._beat is None or self._beat[1].done():
            self._beat = time.monotonic(), asyncio.ensure_future(self._answers())
        began, beat = self._beat
        await asyncio.wait({beat}, timeout=max(0.0, began + seconds - time.monotonic()))
        self._silent = not (beat.done() and beat.result())
        return not self._silent

    async def _answers(self) -> bool:
        try:
            await self._client.perform_request("HEAD", "/")
        except ApiError:  # it refuses, and so it lives
            return True
        except TransportError:
            return False
        return True
