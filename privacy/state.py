"""The home's small state in SQLite: the audit trail and the register of withheld accounts.

Where this user may not write it, it is read all the same, as it stands at each transaction.
"""

from __future__ import annotations

import functools
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    DDL,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from privacy.errors import StorageError
from privacy.home import Home
from privacy.rights import lacking, refusal
from privacy.wal import BUSY_SECONDS, PAGES_BESIDE, settle

metadata = MetaData()
audit_table = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String, nullable=False),  # UTC, ISO 8601
    Column("who", String, nullable=False),
    Column("role", String, nullable=False),
    Column("action", String, nullable=False),
    Column("detail", Text, nullable=False),  # JSON
)
withheld_table = Table(
    "withheld",
    metadata,
    Column("id", String, primary_key=True),
    Column("reason", String, primary_key=True),
    Column("since", String, nullable=False),
)
for verb in ("UPDATE", "DELETE"):
    event.listen(
        audit_table,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER IF NOT EXISTS audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        ),
    )


@contextmanager
def connect(home: Home) -> Iterator[Connection]:
    """One transaction on the home's state; the file and its tables are made at first use. Raises StorageError."""
    with _told(home), _engine(home.state).begin() as connection:
        yield connection


@contextmanager
def driver(home: Home) -> Iterator[sqlite3.Connection]:
    """The thread's own connection of the driver: for the few statements that every request makes, which take less time
    than to take a connection out of a pool. What is not committed is rolled back. Raises StorageError.
    """
    with _told(home):
        if _is_read_only(home.state):
            with closing(_reader(home.state)) as held:
                yield held
            return
        held = _own(home.state, threading.get_ident())
        try:
            yield held
        finally:
            if held.in_transaction:
                held.rollback()


@functools.lru_cache(maxsize=64)
def _own(path: Path, _thread: int) -> sqlite3.Connection:
    _engine(path)  # makes the tables
    held = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
    settle(held, "FULL", PAGES_BESIDE)
    return held


@contextmanager
def _told(home: Home) -> Iterator[None]:
    """What is wrong with the state file as a StorageError."""
    try:
        yield
    except (DatabaseError, sqlite3.Error, OSError) as error:
        if path := lacking(home.root, home.state):
            raise refusal(path) from error
        reason = getattr(error, "orig", None) or error
        raise StorageError(
            f"The state file {home.state} can't be used: {reason}.", "Check the disk's space and rights."
        ) from error


def make_tables(home: Home, tables: MetaData) -> None:
    """Make those that are absent. Where this user may not write, those that are there must do. Raises StorageError."""
    if _is_read_only(home.state):
        return
    with connect(home) as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # two processes may both be the first
        tables.create_all(connection)


def changed(connection: Connection) -> None:
    """Say, in a transaction that changes what ``version`` is asked for, that it did.

    Others see it with the change, not before.
    """
    held: Any = connection.connection.dbapi_connection
    if (
        not held.in_transaction
    ):  # the driver begins one at the first INSERT alone, and a PRAGMA before it would stand at once
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    number = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    connection.exec_driver_sql(f"PRAGMA user_version = {number + 1}")


def version(home: Home) -> tuple[int, int]:
    """Another one whenever a process has ``changed`` the state: what was read before may be used until then.

    Raises StorageError. The file must exist.
    """
    with driver(home) as connection:
        number = int(connection.execute("PRAGMA user_version").fetchone()[0])
        return os.stat(home.state).st_ino, number


@functools.lru_cache(maxsize=16)
def _engine(path: Path) -> Engine:
    if _is_read_only(path):
        return create_engine("sqlite://", creator=lambda: _reader(path), poolclass=NullPool)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _settle(connection: Any, _: Any) -> None:
        settle(connection, "FULL", PAGES_BESIDE)

    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # two processes may both be the first
        metadata.create_all(connection)
    path.chmod(0o600)
    return engine


def _is_read_only(path: Path) -> bool:
    return path.exists() and lacking(path.parent, path) is not None


def _reader(path: Path) -> sqlite3.Connection:
    """A connection that makes no file beside it. It sees no later change, so it is opened for each transaction."""
    log = path.with_name(f"{path.name}-wal")
    how = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
    return sqlite3.connect(f"{path.as_uri()}?{how}", uri=True, timeout=BUSY_SECONDS)
