"""What was answered before from these profiles, so that nearly the same audience gets the same answer again.

Two audiences that differ by fewer than k people tell of those few when both are answered. No look at the queries finds
all such pairs (a set can be written in many ways), so the audiences themselves are compared, by a signature: everybody
falls into one of ``CELLS`` cells and has a random number; the signature holds each cell's sum of numbers. Audiences that
differ by d people differ in at most d cells. Most are told apart by fewer cells, which are kept; only where those are nearly
the same are all of them looked at, of both audiences as they are now. An audience near one that was answered before is answered as that one: the
snooper who asks twice sees one answer twice. (Auditing of queries: Chin and Ozsoyoglu, *Auditing and inference control in
statistical databases*, 1982. That refusing would tell as much as answering: Kenthapadi, Mishra and Nissim, *Simulatable
auditing*, 2005.)
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np

from audience.disclosure.seen import Seen, Signature, cells_for
from audience.engines.base import CELLS
from audience.errors import NotMinedError
from audience.query.model import AudienceQuery
from privacy.disclosure import Disclosure
from privacy.wal import BUSY_SECONDS, PAGES_BESIDE, Turn, settle


@dataclass(frozen=True)
class Asked:
    """A query and the moment that it is asked for."""

    query: AudienceQuery
    as_of: datetime

    @cached_property
    def key(self) -> str:
        """Equal for equal questions."""
        return f"{self.as_of.isoformat()} {self.query.model_dump_json()}"

    @cached_property
    def digest(self) -> bytes:
        """16 octets that stand for the key."""
        return hashlib.blake2b(self.key.encode(), digest_size=16).digest()


def _reach(marks: Signature, least: int) -> int:
    """From ``least`` up to half as much again, by chance, but the same for the same audience however it is asked for.

    Where one border held for all, whoever stands on it would be told by two questions on either side; where each question
    had its own, many questions for one audience would tell how far it is from another.
    """
    drawn = hashlib.blake2b(marks.tobytes(), digest_size=4).digest()
    return least + int.from_bytes(drawn, "big") % (least // 2 + 1)


_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def _told_of_damage() -> Iterator[None]:
    """Raise NotMinedError in place of SQLite's error where the file is damaged.

    Nothing may be answered then: it would be told apart from what was answered before.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
            raise
        raise NotMinedError("what was answered from the search index so far is damaged") from error


# The signature of a question's audience, in so many cells.
Sign: TypeAlias = Callable[[Asked, int], Signature]


class Answered:
    """The audiences that were answered from the same profiles: a SQLite file that ends with them.

    Shared by all processes that answer from an index of them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._turn: Turn | None = None
        self._seen: dict[int, Seen] = {}

    def is_whole(self) -> bool:
        """Whether the file is sound, or not made yet."""
        if not self._path.exists():
            return True
        try:
            with _told_of_damage(), closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS)) as connection:
                return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        except NotMinedError:
            return False

    @_told_of_damage()
    def instead_of(
        self,
        question: Asked,
        asked: Asked,
        disclosure: Disclosure,
        total: int,
        sign: Sign,
    ) -> Asked | None:
        """The audience answered before that differs from this one by fewer than k people; None if there is none.

        Then this one is kept as answered. ``question`` is what was asked, ``asked`` what is left of it, with ``total``
        people exactly; ``sign`` is only called where the question is new. k is the least distance that keeps two
        apart: up to which one they are near is drawn for each audience (``_reach``). Where one of the two is under k,
        it is drawn from ``round_to`` on: small audiences are all near to one another. With another k the answers are
        others too, and are kept apart.

        Raises NotMinedError where the file is damaged.
        """
        k = disclosure.k
        before = self._known(question, k)
        if before is None:
            marks = sign(asked, cells_for(k))
            with self._transaction() as connection:
                found = self._first_near(connection, asked, disclosure, total, marks, sign)
                audience, before = found or (_keep(connection, asked, k, total, marks), asked.key)
                connection.execute(
                    "INSERT OR IGNORE INTO questions VALUES (?, ?, ?)", (question.digest, k, audience)
                )
        return None if before == asked.key else _parse(before)

    def _known(self, question: Asked, k: int) -> str | None:
        with self._lock:
            row = self._open().execute(_KNOWN, (question.digest, k)).fetchone()
        return None if row is None else str(row[0])

    def _first_near(
        self,
        connection: sqlite3.Connection,
        asked: Asked,
        disclosure: Disclosure,
        total: int,
        marks: Signature,
        sign: Sign,
    ) -> tuple[int, str] | None:
        """Id and key of the audience that this one is answered as; None where it is near none."""
        k, cells = disclosure.k, len(marks)
        seen = self._seen.setdefault(k, Seen(cells))
        seen.add(connection.execute(_SINCE, (k, seen.last)))
        small, large = _reach(marks, disclosure.round_to), _reach(marks, k)
        whole: Signature | None = None
        for number, people, apart in seen.near(total, 2 * k, marks, max(small, large)):
            reach = small if min(people, total) < k else large
            if apart >= reach:
                continue
            key = str(connection.execute(_ASKED, (number,)).fetchone()[0])
            if cells < CELLS:
                whole = sign(asked, CELLS) if whole is None else whole
                apart = int(np.count_nonzero(whole != sign(_parse(key), CELLS)))
            if apart < reach:
                return number, key
        return None

    def _open(self) -> sqlite3.Connection:
        """The one connection of this process; it is kept, since closing it writes to the disk."""
        if self._connection is None:
            self._connection, self._turn = _connect(self._path), Turn(self._path)
        return self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._open()
            assert self._turn is not None
            with self._turn:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    settle(connection, "NORMAL", PAGES_BESIDE)
    connection.executescript(_TABLES)
    return connection


_TABLES = """
CREATE TABLE IF NOT EXISTS audiences (id INTEGER PRIMARY KEY, k INTEGER, total INTEGER, asked TEXT, signature BLOB);
CREATE TABLE IF NOT EXISTS questions (key BLOB, k INTEGER, audience INTEGER, PRIMARY KEY (key, k)) WITHOUT ROWID;
"""

_KNOWN = "SELECT a.asked FROM questions q JOIN audiences a ON a.id = q.audience WHERE q.key = ? AND q.k = ?"


_SINCE = "SELECT id, total, signature FROM audiences WHERE k = ? AND id > ? ORDER BY id"
_ASKED = "SELECT asked FROM audiences WHERE id = ?"


def _keep(connection: sqlite3.Connection, asked: Asked, k: int, total: int, signature: Signature) -> int:
    cursor = connection.execute(
        "INSERT INTO audiences (k, total, asked, signature) VALUES (?, ?, ?, ?)",
        (k, total, asked.key, signature.astype(np.int64).tobytes()),
    )
    return int(cursor.lastrowid or 0)


def _parse(key: str) -> Asked:
    moment, _, query = key.partition(" ")
    return Asked(AudienceQuery.model_validate_json(query), datetime.fromisoformat(moment))
