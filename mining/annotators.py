"""Annotating on all cores: worker processes that hold the models, fed with batches of posts."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Self, cast

import polars as pl
import pyarrow as pa

from mining.annotate import annotate_batch, batches
from mining.brands import Tracked
from mining.models import Models

PARALLEL_FROM = 100_000  # posts; starting workers takes as long as annotating some 50,000
MOST_WORKERS = 8
_ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def annotate(
    posts: pl.DataFrame, models: Models, tracked: Tracked, progress: Callable[[int], None]
) -> Iterator[pa.Table]:
    """Yield annotation tables in the order of the posts, on all cores where there are many posts.

    ``progress`` is told the rows done of each.
    """
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    if posts.height < PARALLEL_FROM or workers < 2:
        for batch in batches(posts):
            yield annotate_batch(batch, models, tracked)
            progress(batch.height)
        return
    with Annotators(models, tracked, workers) as annotators:
        for table in annotators.run(posts):
            yield table
            progress(table.num_rows)


class Annotators:
    """Worker processes for one version of the models (a context manager); each answers as this process would."""

    def __init__(self, models: Models, tracked: Tracked, workers: int) -> None:
        self._held = (models, tracked)
        self._number = workers
        self._free: SimpleQueue[_Worker] = SimpleQueue()
        self._threads = ThreadPoolExecutor(workers, "annotators")

    def __enter__(self) -> Self:
        with _one_thread_each():
            for _ in range(self._number):
                self._free.put(_Worker(*self._held))
        return self

    def __exit__(self, *error: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        for _ in range(self._number):
            self._free.get().close()

    def run(self, posts: pl.DataFrame) -> Iterator[pa.Table]:
        """Annotation tables in the order of the posts; no more than two batches a worker are under way.

        Where a worker dies (out of memory), this process annotates what is left.
        """
        waiting: deque[tuple[pl.DataFrame, Future[pa.Table | None]]] = deque()
        for batch in batches(posts):
            waiting.append((batch, self._threads.submit(self._ask, batch)))
            if len(waiting) >= 2 * self._number:
                yield self._answer(*waiting.popleft())
        while waiting:
            yield self._answer(*waiting.popleft())

    def _ask(self, batch: pl.DataFrame) -> pa.Table | None:
        worker = self._free.get()
        try:
            return worker.annotated(batch)
        finally:
            self._free.put(worker)

    def _answer(self, batch: pl.DataFrame, future: Future[pa.Table | None]) -> pa.Table:
        table = future.result()
        return annotate_batch(batch, *self._held) if table is None else table


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes that start in here have one thread each, since they share the cores: they inherit the environment."""
    before = {name: os.environ[name] for name in _ONE_THREAD if name in os.environ}
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        for name in _ONE_THREAD:
            os.environ.pop(name)
        os.environ.update(before)


class _Worker:
    """One process, and the only pipe to it: whenever it dies, even half-way through an answer, the pipe ends."""

    def __init__(self, models: Models, tracked: Tracked) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, its_end = context.Pipe()
        self.process = context.Process(target=_work, args=(its_end, models, tracked), daemon=True)
        self.process.start()
        its_end.close()

    def annotated(self, batch: pl.DataFrame) -> pa.Table | None:
        """The batch's annotations; None where the process failed or has died."""
        try:
            self._pipe.send(batch)
            return cast("pa.Table | None", self._pipe.recv())
        except (EOFError, OSError):
            return None

    def close(self) -> None:
        """Let the process end, and wait for it."""
        self._pipe.close()
        self.process.join()


def _work(pipe: Connection[Any, Any], models: Models, tracked: Tracked) -> None:
    """Answer batch after batch, until the other end closes the pipe."""
    # The collector would look through a batch's million lists and words again and again: it runs between batches.
    gc.disable()
    gc.freeze()
    with suppress(EOFError, OSError):
        while True:
            pipe.send(_annotated(pipe.recv(), models, tracked))
            gc.collect()


def _annotated(batch: pl.DataFrame, models: Models, tracked: Tracked) -> pa.Table | None:
    """None where it fails: the process that asked tries again, and has the error to tell."""
    try:
        return annotate_batch(batch, models, tracked)
    except Exception:
        return None
