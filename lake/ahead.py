"""Parts read ahead: while one is worked on, a thread makes the next."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

_Part = TypeVar("_Part")
_END = object()


def read_ahead(parts: Iterator[_Part], thread_name: str = "reader") -> Generator[_Part, None, None]:
    """The same parts, each read in a thread of its own while the one before is worked on."""
    with ThreadPoolExecutor(1, thread_name) as thread:
        coming: Future[Any] = thread.submit(next, parts, _END)
        while (part := coming.result()) is not _END:
            coming = thread.submit(next, parts, _END)
            yield part
