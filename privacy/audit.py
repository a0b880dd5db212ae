"""The audit trail: who saw members, evidence or exports, and when. Rows are added, never changed or removed."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from privacy.home import Home

if TYPE_CHECKING:
    from privacy.wal import Turn


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the trail."""

    id: int
    at: datetime
    who: str
    role: str
    action: str
    detail: dict[str, Any]


def record(home: Home, who: str, role: str, action: str, detail: Mapping[str, Any] | None = None) -> None:
    """Add one entry; it is on disk when this returns. Raises StorageError, and then the answer must not be given."""
    recording(home, who, role, action, detail).result()


class Recording(Future[None]):
    """An entry that waits to be written: it is once that ``begin``s, or somebody asks for the result.

    Entries that wait then go to the disk together: it is asked once for all of them.
    """

    def begin(self) -> None:
        """Write all that waits, in a thread."""
        if not self.done():
            _writer.begin()

    def result(self, timeout: float | None = None) -> None:
        """Return once the entry is on disk. Raises StorageError where it can't be written."""
        self.begin()
        super().result(timeout)


def recording(
    home: Home, who: str, role: str, action: str, detail: Mapping[str, Any] | None = None
) -> Recording:
    """An entry that will be added with others, while answers are still being made. Its answer must not be given before."""
    entry = Recording()
    entry.set_running_or_notify_cancel()  # who waits may give up, the entry is written all the same
    row = {
        "at": datetime.now(UTC).isoformat(),
        "who": who,
        "role": str(role),
        "action": action,
        # A file's name may hold bytes that are no text: that must not keep it from being audited.
        "detail": json.dumps(dict(detail or {}), ensure_ascii=False, default=str)
        .encode("utf-8", "replace")
        .decode(),
    }
    _writer.waiting.put((home, row, entry))
    return entry


_INSERT = "INSERT INTO audit (at, who, role, action, detail) VALUES (:at, :who, :role, :action, :detail)"


class _Writer:
    """One thread that writes what waits."""

    def __init__(self) -> None:
        self.waiting: SimpleQueue[tuple[Home, dict[str, str], Recording]] = SimpleQueue()
        self._begun = False

    @functools.cached_property
    def _thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="audit")

    def begin(self) -> None:
        """Have it written, unless that is begun already."""
        if not self._begun:
            self._begun = True
            try:
                self._thread.submit(self._write)
            except BaseException:
                self._begun = False  # else nobody would begin again
                raise

    def _write(self) -> None:
        """Write all that waits, one transaction a home."""
        self._begun = False  # before looking: what comes later begins anew
        entries = []
        with contextlib.suppress(Empty):
            while True:
                entries.append(self.waiting.get_nowait())
        for home in dict.fromkeys(home for home, _, _ in entries):
            mine = [(row, entry) for of, row, entry in entries if of == home]
            try:
                _write(home, [row for row, _ in mine])
            except BaseException as error:
                for _, entry in mine:
                    entry.set_exception(error)
            else:
                for _, entry in mine:
                    entry.set_result(None)


_writer = _Writer()


def _write(home: Home, rows: Sequence[Mapping[str, str]]) -> None:
    from privacy.state import driver

    with driver(home) as connection, _turn(home.state):
        connection.executemany(_INSERT, rows)
        connection.commit()


@functools.lru_cache(maxsize=16)
def _turn(state: Path) -> Turn:
    from privacy.wal import Turn

    return Turn(state)


def entries(
    home: Home,
    limit: int = 100,
    *,
    who: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
) -> list[AuditEntry]:
    """The latest entries, newest first: only of ``who``, of one ``action``, in [since, until), with ids below ``before``."""
    if not home.state.exists():
        return []
    from privacy.state import audit_table, connect

    column = audit_table.c
    wanted = (
        who is None or column.who == who,
        action is None or column.action == action,
        since is None or column.at >= since.astimezone(UTC).isoformat(),
        until is None or column.at < until.astimezone(UTC).isoformat(),
        before is None or column.id < before,
    )
    asked = audit_table.select().where(*(condition for condition in wanted if condition is not True))
    with connect(home) as connection:
        rows = connection.execute(asked.order_by(column.id.desc()).limit(limit))
        return [
            AuditEntry(
                row.id, datetime.fromisoformat(row.at), row.who, row.role, row.action, json.loads(row.detail)
            )
            for row in rows
        ]
