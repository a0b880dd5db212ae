"""Annotating on all cores: worker processes that hold the models, fed with batches of posts."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Self

import polars as pl
import pyarrow as pa

from mining.annotate import annotate_batch, batches
from mining.brands import Tracked
from mining.models import Models

PARALLEL_FROM = 100_000  # posts; starting workers takes as long as annotating some 50,000
MOST_WORKERS = 8
_ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

_held: tuple[Models, Tracked] | None = None


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
        self._workers = workers
        self._pool = ProcessPoolExecutor(
            workers, multiprocessing.get_context("spawn"), initializer=_hold, initargs=self._held
        )
        self._environment = dict(os.environ)

    def __enter__(self) -> Self:
        # The workers share the cores: one thread each. They inherit this when they start.
        os.environ.update(_ONE_THREAD)
        return self

    def __exit__(self, *error: object) -> None:
        for name in _ONE_THREAD:
            os.environ.pop(name)
        os.environ.update(
            {name: self._environment[name] for name in _ONE_THREAD if name in self._environment}
        )
        self._pool.shutdown(cancel_futures=True)

    def run(self, posts: pl.DataFrame) -> Iterator[pa.Table]:
        """Annotation tables in the order of the posts; no more than two batches a worker are under way.

        Where a worker dies (out of memory), this process annotates what is left.
        """
        waiting: deque[tuple[pl.DataFrame, Future[pa.Table] | None]] = deque()
        for batch in batches(posts):
            waiting.append((batch, self._submit(batch)))
            if len(waiting) >= 2 * self._workers:
                yield self._answer(*waiting.popleft())
        while waiting:
            yield self._answer(*waiting.popleft())

    def _submit(self, batch: pl.DataFrame) -> Future[pa.Table] | None:
        try:
            return self._pool.submit(_annotated, batch)
        except BrokenProcessPool:
            return None

    def _answer(self, batch: pl.DataFrame, future: Future[pa.Table] | None) -> pa.Table:
        try:
            if future is not None:
                return future.result()
        except BrokenProcessPool:
            pass
        return annotate_batch(batch, *self._held)


def _hold(models: Models, tracked: Tracked) -> None:
    global _held
    _held = (models, tracked)
    # The collector would look through a batch's million lists and words again and again: it runs between batches.
    gc.disable()
    gc.freeze()


def _annotated(batch: pl.DataFrame) -> pa.Table:
    assert _held is not None
    table = annotate_batch(batch, *_held)
    gc.collect()
    return table
