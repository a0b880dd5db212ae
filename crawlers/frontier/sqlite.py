"""The frontier on this machine's disk: queue and duplicate filter are one SQLite table in WAL mode.

One process at a time works on it. SIGKILL loses no committed transaction. A power cut may lose the last ones
(``synchronous=NORMAL``), always newest first, which only repeats work.
"""

from __future__ import annotations

import heapq
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from crawlers.frontier.base import PASSING, Frontier, Leased, Receipt, memory_name
from crawlers.protocols.page import Ask
from privacy.wal import BUSY_SECONDS, settle

WAITING, LEASED, DONE, FAILED = 0, 1, 2, 3
_PREFETCH = 32
_NOTHING = 1 << 30
_SCHEMA = """
CREATE TABLE IF NOT EXISTS ask (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,          -- keyed hash of the address: the duplicate filter
    url TEXT NOT NULL,                  -- emptied when done: addresses name people
    kind TEXT NOT NULL,
    meta BLOB NOT NULL,
    priority INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    memory_key TEXT,
    memory_value TEXT,
    reason TEXT
);
CREATE INDEX IF NOT EXISTS waiting ON ask (priority DESC, id) WHERE state = 0;
CREATE TABLE IF NOT EXISTS memory (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fact (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class SqliteFrontier(Frontier):
    """``name`` hashes an address or a memory key with the home's key."""

    def __init__(self, path: Path, name: Callable[[str], str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        self._name = name
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)
        path.chmod(0o600)
        settle(self._db, "NORMAL")
        self._db.executescript(_SCHEMA)
        self._fresh: list[tuple[Any, ...]] = []
        self._urgent = _NOTHING  # smallest rank among the asks that came since the last lease
        self._heap: list[Leased] = []
        self._waiting = 0
        self._run = ""
        self._remembers = self._db.execute("SELECT 1 FROM memory LIMIT 1").fetchone() is not None

    def begin(self, run_id: str, facts: Mapping[str, str]) -> bool:
        """Go on or start anew; whatever is leased belonged to a process that is gone."""
        with self._lock, self._transaction():
            self.resumed = self._fact("finished") == "0"
            if self.resumed:
                self._db.execute(
                    "UPDATE ask SET state = 0, reason = NULL WHERE state IN (1, 3) AND url != ''"
                )
            else:
                self._db.execute("DELETE FROM ask")
                self._forget_passing()
                started = {"finished": "0", "generation": str(self.generation + 1)}
                for key, value in {**facts, **started}.items():
                    self._set_fact(key, value)
            self._run = run_id
            self._waiting = self._count(WAITING)
        return self.resumed

    def workers(self) -> set[str]:
        """This one alone."""
        return {self._run}

    @property
    def generation(self) -> int:
        """How many crawls this frontier has begun."""
        return int(self._fact("generation") or 0)

    def fact(self, key: str) -> str | None:
        """What an earlier part of this crawl, or an earlier crawl, noted."""
        with self._lock:
            return self._fact(key)

    def note(self, key: str, value: str) -> None:
        """Note a fact; it outlives the generation."""
        with self._lock:
            self._set_fact(key, value)

    def remembered(self, key: str) -> str | None:
        """The value kept for a memory key by an acknowledged page of this or an earlier crawl."""
        with self._lock:
            kept_as = (memory_name(self._name, key),)
            row = self._db.execute("SELECT value FROM memory WHERE key = ?", kept_as).fetchone()
        return None if row is None else str(row[0])

    def outcome(self, url: str) -> str | None:
        """What became of an address."""
        with self._lock:
            row = self._db.execute(
                "SELECT coalesce(reason, '') FROM ask WHERE name = ? AND state IN (2, 3)", (self._name(url),)
            ).fetchone()
        return None if row is None else str(row[0])

    def put(self, asks: Iterable[Ask]) -> None:
        """Take new asks in. Known addresses and pages remembered as unchanged are left out."""
        with self._lock:
            for ask in asks:
                key = value = None
                if ask.remember is not None:
                    if self._remembers and self.remembered(ask.remember[0]) == ask.remember[1]:
                        self.unchanged += 1
                        continue
                    key, value = ask.remember
                row = (
                    self._name(ask.url),
                    ask.url,
                    ask.kind,
                    orjson.dumps(ask.meta),
                    ask.priority,
                    key,
                    value,
                )
                self._fresh.append(row)
                self._urgent = min(self._urgent, -ask.priority)

    def take(self) -> Leased | None:
        """Lease the most urgent ask, or None when there is none to hand out now."""
        more = self._fresh or self._waiting
        if more and (not self._heap or self._urgent < self._heap[0].rank):
            self._lease()
        return heapq.heappop(self._heap) if self._heap else None

    def acknowledge(self, receipts: Iterable[Receipt]) -> None:
        """Close asks whose rows are committed, together with all asks that are still unwritten."""
        closed, kept = [], []
        for receipt in receipts:
            closed.append((DONE if receipt.reason is None else FAILED, receipt.reason, receipt.ask_id))
            if receipt.reason is None:
                kept += [(memory_name(self._name, key), value) for key, value in receipt.remember]
        with self._lock, self._transaction():
            self._write_fresh()
            self._db.executemany("UPDATE ask SET state = ?, reason = ? WHERE id = ?", closed)
            self._db.executemany(
                "UPDATE ask SET url = '', meta = x'7b7d', memory_key = NULL WHERE id = ? AND state = 2",
                [(ask_id,) for _, _, ask_id in closed],
            )
            self._db.executemany("INSERT OR REPLACE INTO memory VALUES (?, ?)", kept)

    def pending(self) -> bool:
        """Whether asks wait to be handed out."""
        return bool(self._heap or self._fresh or self._waiting)

    def unfinished(self) -> int:
        """How many asks are neither done nor failed."""
        with self._lock, self._transaction():
            self._write_fresh()
            return self._count(WAITING) + self._count(LEASED)

    def failures(self) -> int:
        """How many asks of this generation failed or were refused."""
        with self._lock:
            return self._count(FAILED)

    def finish(self) -> bool:
        """Close the generation unless asks are unfinished."""
        with self._lock, self._transaction():
            self._write_fresh()
            if self._count(WAITING) + self._count(LEASED) or self._fact("finished") != "0":
                return False
            self._db.execute("UPDATE ask SET url = '', meta = x'7b7d', memory_key = NULL, reason = NULL")
            self._forget_passing()
            self._set_fact("finished", "1")
            self._set_fact("finished_at", str(time.time()))
        return True

    def open_asks(self) -> list[Ask]:
        """What an unfinished generation has still to ask, and what failed in it."""
        with self._lock:
            rows = self._db.execute(
                "SELECT url, kind, meta, priority, memory_key, memory_value FROM ask WHERE url != '' ORDER BY id"
            )
            return [
                Ask(url, kind, orjson.loads(meta), priority, None if key is None else (key, value))
                for url, kind, meta, priority, key, value in rows
            ]

    def says(self) -> list[str]:
        """All words that a generation keeps until it ends: of its open asks, and what passes with it."""
        with self._lock:
            rows = self._db.execute(
                "SELECT url, CAST(meta AS TEXT), memory_key, memory_value, reason FROM ask WHERE url != '' "
                "UNION ALL SELECT value, '', '', '', '' FROM memory WHERE key >= ?",
                (PASSING,),
            )
            return [text for row in rows for text in row if text]

    def abandon(self) -> None:
        """Close the generation though asks are open, and empty it: the next crawl begins anew, from where this one began."""
        with self._lock:
            with self._transaction():
                self._db.execute("DELETE FROM ask")
                self._forget_passing()
                self._set_fact("finished", "1")
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Write what is unwritten and close the file."""
        with self._lock:
            with self._transaction():
                self._write_fresh()
            self._db.close()

    def _lease(self) -> None:
        """Write new asks, then lease the most urgent waiting ones into the heap."""
        with self._lock, self._transaction():
            self._write_fresh()
            self._urgent = _NOTHING
            if not self._waiting:
                return
            rows = self._db.execute(
                "SELECT id, url, kind, meta, priority, memory_key, memory_value FROM ask WHERE state = 0 "
                "ORDER BY priority DESC, id LIMIT ?",
                (_PREFETCH if not self._heap else 2,),
            ).fetchall()
            self._db.executemany("UPDATE ask SET state = 1 WHERE id = ?", [(row[0],) for row in rows])
            self._waiting -= len(rows)
        for number, url, kind, meta, priority, key, value in rows:
            ask = Ask(url, kind, orjson.loads(meta), priority, None if key is None else (key, value))
            heapq.heappush(self._heap, Leased(-priority, number, ask))

    def _write_fresh(self) -> None:
        """Write new asks. ``take`` and ``pending`` look without the lock: an ask counts as waiting before it leaves ``_fresh``."""
        if not self._fresh:
            return
        self._waiting += len(self._fresh)
        fresh, self._fresh = self._fresh, []
        before = self._db.total_changes
        self._db.executemany(
            "INSERT OR IGNORE INTO ask (name, url, kind, meta, priority, memory_key, memory_value) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            fresh,
        )
        self._waiting -= len(fresh) - (self._db.total_changes - before)

    def _forget_passing(self) -> None:
        """Forget what ends with the generation."""
        self._db.execute("DELETE FROM memory WHERE key >= ?", (PASSING,))  # hashed keys come before it

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)

    def _count(self, state: int) -> int:
        return int(self._db.execute("SELECT count(*) FROM ask WHERE state = ?", (state,)).fetchone()[0])

    def _fact(self, key: str) -> str | None:
        row = self._db.execute("SELECT value FROM fact WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def _set_fact(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (key, value))


class _Transaction:
    """BEGIN IMMEDIATE … COMMIT, rolled back on any exception."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")
