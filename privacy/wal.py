"""SQLite files that several processes have open: write-ahead logging, and patience with one another."""

from __future__ import annotations

import sqlite3
import time

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
