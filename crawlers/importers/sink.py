"""The end of an import behind the gate: what it let through is written in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

from lake.gate import CleanRows
from lake.store import Lake

COMMIT_BYTES = 48 * 1024 * 1024  # in memory; twice that is held, one being written and one being filled


class Sink:
    """Takes what the gate let through. Names are committed before the rows that need them, so a kill loses none.

    A context manager: leaving it well commits the rest. ``on_commit`` is called in the thread with what is on disk. An
    error of the thread is raised by the next ``take``, or on leaving. ``written`` are the tables that got rows.
    """

    def __init__(self, lake: Lake, on_commit: Callable[[CleanRows], None]) -> None:
        self._lake = lake
        self._on_commit = on_commit
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="import-sink")
        self._parts: list[CleanRows] = []
        self._bytes = 0
        self._commit: Future[None] | None = None
        self.written: set[str] = set()

    def take(self, clean: CleanRows) -> None:
        """Keep these rows, at the latest with the next commit; waits while two are under way."""
        self._parts.append(clean)
        self._bytes += sum(table.nbytes for table in clean.tables.values())
        if self._bytes >= COMMIT_BYTES:
            self._start()

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._start()
                self._wait()
        finally:
            self._thread.shutdown()

    def _start(self) -> None:
        self._wait()
        parts, self._parts, self._bytes = self._parts, [], 0
        self._commit = self._thread.submit(self._write, parts)

    def _wait(self) -> None:
        if self._commit is not None:
            self._commit.result()

    def _write(self, parts: list[CleanRows]) -> None:
        names = dict.fromkeys(name for part in parts for name in part.tables)
        for name in sorted(names, key=lambda name: name != "names"):
            self._lake.append({name: pa.concat_tables([p.tables[name] for p in parts if name in p.tables])})
            self.written.add(name)
        for part in parts:
            self._on_commit(part)
