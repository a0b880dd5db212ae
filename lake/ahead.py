"""Parts read ahead: while one is worked on, a thread makes the next."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

_Part = TypeVar("_Part")
_END = object()
_SWITCH_SECONDS = 0.0005


def read_ahead(parts: Iterator[_Part], thread_name: str = "reader") -> Generator[_Part, None, None]:
    """The same parts, each read in a thread of its own while the one before is worked on."""
    with ThreadPoolExecutor(1, thread_name) as thread:
        coming: Future[Any] = thread.submit(next, parts, _END)
        while (part := coming.result()) is not _END:
            coming = thread.submit(next, parts, _END)
            yield part


@contextmanager
def handing_over_soon() -> Iterator[None]:
    """Threads that come back from Polars or Arrow, which work without Python's lock, wait for it a tenth as long as usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
