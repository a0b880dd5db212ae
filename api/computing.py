"""Where answers are computed: those of a few milliseconds where they were asked for, others in threads.

Python goes on in one thread at a time. To hand a short answer to another thread and back takes longer than is won, and others
wait meanwhile as they would anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fastapi import Request

from privacy.audit import Recording

Result = TypeVar("Result")


async def computed(request: Request, work: Callable[[], Result], light: bool = False) -> Result:
    """What ``work`` returns: at once where it is ``light``, else from one of the app's few threads.

    Requests wait for those in the order in which they came: with a thread for each all of them would take longer.
    """
    if light:
        return work()
    threads: ThreadPoolExecutor = request.app.state.answering
    return await asyncio.get_running_loop().run_in_executor(threads, work)


async def done(entry: Recording) -> None:
    """Return once the entry is on disk, with those of all other answers that are made in this turn of the loop.

    Raises StorageError where it can't be written: then the answer must not be given.
    """
    await asyncio.sleep(0)
    entry.begin()
    await asyncio.wrap_future(entry)
