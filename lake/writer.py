"""Buffers raw rows and writes them through the gate in a thread of its own; acknowledges only what is on disk."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from lake import upkeep
from lake.gate import Gate
from lake.keeper import HereKeeper, Keeper, ProcessKeeper
from lake.locks import Claim, writer_lock
from lake.raw import RawRows
from lake.runs import RunLog
from lake.store import Lake
from privacy.errors import RenqunError

FLUSH_ROWS = 10_000
FLUSH_SECONDS = 5.0
MERGE_EVERY = 32  # flushes: an append slows down with the number of files, a merge takes memory with it
_RUN_SECONDS = 5.0


class BatchWriter:
    """The one writer of a source, or one of several workers that share a frontier (``shared``).

    Writers run beside each other, since each commit locks its table.

    ``on_commit`` is called in the writer's thread with the acknowledgements of the batch that was just committed:
    names first, then rows, then this call, so a kill at any moment repeats work but loses no row. When the gate or the
    disk fails, nothing more is written and the error is raised by the next ``add``, or by ``close``.
    """

    def __init__(
        self,
        lake: Lake,
        gate: Gate,
        on_commit: Callable[[list[Any]], None],
        rows: int = FLUSH_ROWS,
        seconds: float = FLUSH_SECONDS,
        run: RunLog | None = None,
        shared: bool = False,
        fast_rows: int = FLUSH_ROWS,
    ) -> None:
        """Claim the source and start the thread. Raises ConflictError when another process is writing.

        From the first batch of ``fast_rows`` on, which says that rows come fast, a process of its own keeps them.
        """
        self._claim = Claim(
            writer_lock(lake.home, gate.source), f"writing {gate.source} into this home already", shared
        )
        self._besides = (
            None if shared else gate.source
        )  # whose claim does not keep a table from being compacted
        self._lake, self._gate, self._run, self._on_commit = lake, gate, run, on_commit
        self._rows, self._seconds, self._fast_rows = rows, seconds, fast_rows
        self._keeper: Keeper = HereKeeper(lake, gate)
        self.counts: Counter[str] = Counter()
        self._buffer, self._acks = RawRows(), list[Any]()
        self._first = 0.0  # when the oldest buffered row came
        self._flushes: Counter[str] = Counter()
        self._wake = threading.Condition()
        self._closing = self._flushing = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="lake-writer", daemon=True)
        self._thread.start()

    def add(self, raw: RawRows, ack: Any) -> None:
        """Take rows in; ``ack`` comes back through ``on_commit`` once they are on disk (also where there are none).

        Waits while four batches are waiting already. Raises the writer's error.
        """
        with self._wake:
            self._wake.wait_for(lambda: self._error or len(self._buffer) < 4 * self._rows)
            self._raise()
            if not self._acks:
                self._first = time.monotonic()
            self._buffer.extend(raw)
            self._acks.append(ack)
            if len(self._acks) == 1 or len(self._buffer) >= self._rows:  # else the thread sleeps rightly
                self._wake.notify_all()

    def flush(self) -> None:
        """Write what is buffered and wait until it is on disk."""
        with self._wake:
            self._first = float("-inf")
            self._wake.notify_all()
            self._wake.wait_for(lambda: self._error or not (self._acks or self._flushing))
            self._raise()

    def close(self, tidy: bool = True) -> None:
        """Flush, tidy the tables that were written and let the source go; closing again does nothing.

        Raises the writer's error, after letting go.
        """
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._thread.join()
        try:
            self._raise()
            if tidy:
                for name in list(self._flushes):
                    upkeep.tidy(self._lake.home, name, self._besides)
        finally:
            self._claim.release()

    def __enter__(self) -> BatchWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.close(tidy=kind is None)
        except RenqunError:
            if kind is None:  # what went wrong first is what people should see
                raise

    def _work(self) -> None:
        try:
            while self._next():
                pass
        except BaseException as error:
            with self._wake:
                self._error = error
                self._wake.notify_all()
        finally:
            self._keeper.close()

    def _next(self) -> bool:
        """Wait for a batch and write it; False when closing and nothing is left."""
        with self._wake:
            while not (self._closing or self._due()):
                left = self._first + self._seconds - time.monotonic() if self._acks else None
                self._wake.wait(None if left is None else max(left, 0.0))
            if not self._acks:
                return not self._closing
            raw, acks = self._buffer, self._acks
            self._buffer, self._acks, self._flushing = RawRows(), [], True
            self._wake.notify_all()
        if len(raw) >= self._fast_rows and isinstance(self._keeper, HereKeeper):
            self._keeper = ProcessKeeper(self._gate, self._claim)
        kept = self._keeper.keep(raw)
        self._on_commit(acks)
        self.counts.update(kept.counts)
        if self._run is not None:
            self._run.note(kept)
            self._run.write_if_older(_RUN_SECONDS)
        self._merge_some(kept.tables)
        with self._wake:
            self._flushing = False
            self._wake.notify_all()
        return True

    def _due(self) -> bool:
        return bool(self._acks) and (
            len(self._buffer) >= self._rows or time.monotonic() - self._first >= self._seconds
        )

    def _merge_some(self, written: Iterable[str]) -> None:
        for name in written:
            self._flushes[name] += 1
            if self._flushes[name] % MERGE_EVERY == 0:
                upkeep.merge(self._lake.home, name)

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error
