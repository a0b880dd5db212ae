"""A few threads for answers that are computed in milliseconds, apart from those in which longer work is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from fastapi import Request

Result = TypeVar("Result")


async def computed(request: Request, work: Callable[[], Result]) -> Result:
    """What ``work`` returns, done in one of the app's few threads; requests wait in the order in which they came.

    Python goes on in one thread at a time: with a thread for each request all of them would take longer, and more of the
    processors' time would go into handing over than is won.
    """
    threads: ThreadPoolExecutor = request.app.state.answering
    return await asyncio.get_running_loop().run_in_executor(threads, work)


async def done(future: Future[Result]) -> Result:
    """Its result, without another turn of the loop where it is there already."""
    return future.result() if future.done() else await asyncio.wrap_future(future)
