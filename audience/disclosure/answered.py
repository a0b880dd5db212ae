"""What was answered before from this index, so that nearly the same audience gets the same answer again.

Two audiences that differ by fewer than k people tell of those few when both are answered. No look at the queries finds
all such pairs (a set can be written in many ways), so the audiences themselves are compared, by a signature: everybody
falls into one of ``CELLS`` cells and has a random number; the signature holds each cell's sum of numbers. Audiences that
differ by d people differ in at most d cells. An audience near one that was answered before is answered as that one: the
snooper who asks twice sees one answer twice. (Auditing of queries: Chin and Ozsoyoglu, *Auditing and inference control in
statistical databases*, 1982. That refusing would tell as much as answering: Kenthapadi, Mishra and Nissim, *Simulatable
auditing*, 2005.)
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audience.query.model import AudienceQuery
from privacy.disclosure import Disclosure

Signature = NDArray[np.int64]
_BUSY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and the moment that it is asked for."""

    query: AudienceQuery
    as_of: datetime

    @property
    def key(self) -> str:
        """Equal for equal questions."""
        return f"{self.as_of.isoformat()} {self.query.model_dump_json()}"

    def reach(self, least: int) -> int:
        """From ``least`` up to half as much again, by chance, but the same whenever this is asked.

        Where one border held for all, whoever stands on it would be told by two questions on either side.
        """
        digest = hashlib.blake2b(self.key.encode(), digest_size=4).digest()
        return least + int.from_bytes(digest, "big") % (least // 2 + 1)


class Answered:
    """The audiences that were answered from one index: a SQLite file that ends with the index.

    Shared by all processes that answer from it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def instead_of(
        self,
        question: Asked,
        asked: Asked,
        disclosure: Disclosure,
        total: int,
        sign: Callable[[], Signature],
    ) -> Asked | None:
        """The audience answered before that differs from this one by fewer than k people; None if there is none.

        Then this one is kept as answered. ``question`` is what was asked, ``asked`` what is left of it, with ``total``
        people exactly; ``sign`` is only called for questions that are new. k is the least distance that keeps two
        apart: up to which one they are near is drawn for each question (``Asked.reach``). Where one of the two is under k,
        it is drawn from ``round_to`` on: small audiences are all near to one another. With another k the answers are
        others too, and are kept apart.
        """
        k = disclosure.k
        before = self._known(question, k)
        if before is None:
            signature = sign()
            with self._transaction() as connection:
                found = _first_near(connection, question, disclosure, total, signature)
                audience, before = found or (_keep(connection, asked, k, total, signature), asked.key)
                connection.execute(
                    "INSERT OR IGNORE INTO questions VALUES (?, ?, ?)", (question.key, k, audience)
                )
        return None if before == asked.key else _parse(before)

    def _known(self, question: Asked, k: int) -> str | None:
        with self._lock:
            row = self._open().execute(_KNOWN, (question.key, k)).fetchone()
        return None if row is None else str(row[0])

    def _open(self) -> sqlite3.Connection:
        """The one connection of this process; it is kept, since closing it writes to the disk."""
        if self._connection is None:
            self._connection = _connect(self._path)
        return self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.executescript(_TABLES)
    return connection


_TABLES = """
CREATE TABLE IF NOT EXISTS audiences (id INTEGER PRIMARY KEY, k INTEGER, total INTEGER, asked TEXT, signature BLOB);
CREATE INDEX IF NOT EXISTS by_size ON audiences (k, total);
CREATE TABLE IF NOT EXISTS questions (key TEXT, k INTEGER, audience INTEGER, PRIMARY KEY (key, k)) WITHOUT ROWID;
"""

_KNOWN = "SELECT a.asked FROM questions q JOIN audiences a ON a.id = q.audience WHERE q.key = ? AND q.k = ?"


def _first_near(
    connection: sqlite3.Connection, question: Asked, disclosure: Disclosure, total: int, signature: Signature
) -> tuple[int, str] | None:
    k = disclosure.k
    rows = connection.execute(
        "SELECT id, asked, signature, total FROM audiences WHERE k = ? AND total BETWEEN ? AND ? ORDER BY id",
        (k, total - 2 * k, total + 2 * k),
    ).fetchall()
    if not rows:
        return None
    before = np.stack([np.frombuffer(row[2], dtype=np.int64) for row in rows])
    apart = np.count_nonzero(before != signature, axis=1)
    small = np.array([min(row[3], total) < k for row in rows])
    near = np.flatnonzero(apart < np.where(small, question.reach(disclosure.round_to), question.reach(k)))
    if not near.size:
        return None
    first = near[0]
    return rows[first][0], rows[first][1]


def _keep(connection: sqlite3.Connection, asked: Asked, k: int, total: int, signature: Signature) -> int:
    cursor = connection.execute(
        "INSERT INTO audiences (k, total, asked, signature) VALUES (?, ?, ?, ?)",
        (k, total, asked.key, signature.astype(np.int64).tobytes()),
    )
    return int(cursor.lastrowid or 0)


def _parse(key: str) -> Asked:
    moment, _, query = key.partition(" ")
    return Asked(AudienceQuery.model_validate_json(query), datetime.fromisoformat(moment))
