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
from typing import TYPE_CHECKING, Any, TypeAlias

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


def recording(
    home: Home, who: str, role: str, action: str, detail: Mapping[str, Any] | None = None
) -> Future[None]:
    """Begin to add one entry while the answer is still being made; ``result()`` returns once it is on disk.

    Entries that come while others are being written go to the disk together: it is asked once for all of them.
    """
    done: Future[None] = Future()
    done.set_running_or_notify_cancel()  # who waits may give up, the entry is written all the same
    row = {
        "at": datetime.now(UTC).isoformat(),
        "who": who,
        "role": str(role),
        "action": action,
        "detail": json.dumps(dict(detail or {}), ensure_ascii=False, default=str),
    }
    _waiting.put((home, row, done))
    _writer().submit(_write_waiting)
    return done


_Entry: TypeAlias = tuple[Home, dict[str, str], "Future[None]"]
_INSERT = "INSERT INTO audit (at, who, role, action, detail) VALUES (:at, :who, :role, :action, :detail)"
_waiting: SimpleQueue[_Entry] = SimpleQueue()


@functools.cache
def _writer() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="audit")


def _write_waiting() -> None:
    """Write all that waits, one transaction a home."""
    entries = []
    with contextlib.suppress(Empty):
        while True:
            entries.append(_waiting.get_nowait())
    for home in dict.fromkeys(home for home, _, _ in entries):
        mine = [(row, done) for of, row, done in entries if of == home]
        try:
            _write(home, [row for row, _ in mine])
        except BaseException as error:
            for _, done in mine:
                done.set_exception(error)
        else:
            for _, done in mine:
                done.set_result(None)


def _write(home: Home, rows: Sequence[Mapping[str, str]]) -> None:
    from privacy.state import driver

    with driver(home) as connection, _turn(home.state):
        connection.executemany(_INSERT, rows)
        connection.commit()


@functools.lru_cache(maxsize=16)
def _turn(state: Path) -> Turn:
    from privacy.wal import Turn

    return Turn(state)


def entries(home: Home, limit: int = 100) -> list[AuditEntry]:
    """The latest entries, newest first."""
    if not home.state.exists():
        return []
    from privacy.state import audit_table, connect

    with connect(home) as connection:
        rows = connection.execute(audit_table.select().order_by(audit_table.c.id.desc()).limit(limit))
        return [
            AuditEntry(
                row.id, datetime.fromisoformat(row.at), row.who, row.role, row.action, json.loads(row.detail)
            )
            for row in rows
        ]
