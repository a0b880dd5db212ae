"""SQLite files that several processes have open: write-ahead logging, and patience with one another."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
import weakref
from pathlib import Path

BUSY_SECONDS = 30
# Pages that may lie beside a file, some 30 MB, until they are written into it: whoever does that waits for the disk.
PAGES_BESIDE = 8_000
_AGAIN = 0.01  # seconds


def settle(connection: sqlite3.Connection, synchronous: str, pages: int | None = None) -> None:
    """Log ahead of writing, with ``synchronous`` FULL (a commit outlives a power cut) or NORMAL; ``pages`` as PAGES_BESIDE.

    SQLite does not wait for its ``timeout`` where two processes turn the log on at once, or one ends as another begins: here
    it is asked again for BUSY_SECONDS. Raises sqlite3.OperationalError after that.
    """
    until = time.monotonic() + BUSY_SECONDS
    while not _logs_ahead(connection, until):
        time.sleep(_AGAIN)
    connection.execute(f"PRAGMA synchronous={synchronous}")
    if pages is not None:
        connection.execute(f"PRAGMA wal_autocheckpoint={pages}")


def _logs_ahead(connection: sqlite3.Connection, until: float) -> bool:
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
        if not busy or time.monotonic() > until:
            raise
        return False
    return True


class Turn:
    """A SQLite file's turn, taken by ``with``: of those that ask for it one process at a time, and of a process one thread.

    SQLite itself asks again after ever longer pauses, up to a tenth of a second, and may be overtaken meanwhile; who waits
    here goes on at once. Whoever does not ask for a turn is kept out by SQLite alone.
    """

    def __init__(self, path: Path) -> None:
        """Raises OSError where the file beside it can't be opened; once opened, it may be removed."""
        self._descriptor = os.open(path.with_name(f"{path.name}.turn"), os.O_RDWR | os.O_CREAT, 0o600)
        weakref.finalize(self, os.close, self._descriptor)

    def __enter__(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
