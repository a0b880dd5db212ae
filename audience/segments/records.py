"""What is kept of a segment in the home's state: its query, its versions and its alerts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, Text

from lake.locks import Claim, lock_folder
from privacy.errors import ConflictError, NotFoundError
from privacy.free_text import refuse_unreadable
from privacy.home import Home
from privacy.state import connect, make_tables

Status = Literal["new", "computing", "ready", "failed"]
INTERRUPTED = "it was interrupted; compute it again"

_metadata = MetaData()
segments_table = Table(
    "segments",
    _metadata,
    Column("name", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("frozen", Integer, nullable=False),
    Column("query", Text, nullable=False),  # as text, names as they were asked
    Column("created_at", String, nullable=False),  # UTC, ISO 8601
    Column("status", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("version", Integer, nullable=False),  # 0 before the first
    Column(
        "indexed", Integer, nullable=False
    ),  # of a frozen one: the version that its members' documents hold, or 0
)
versions_table = Table(
    "segment_versions",
    _metadata,
    Column("name", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("as_of", String, nullable=False),
    Column("query", Text, nullable=False),
    Column("shown", Integer),  # people, after disclosure; null where hidden
    Column("joined", Integer, nullable=False),
    Column("left", Integer, nullable=False),
)
alerts_table = Table(
    "segment_alerts",
    _metadata,
    Column("name", String, primary_key=True),
    Column("target", String, primary_key=True),  # https://… or mailto:…
    Column("threshold", Float, nullable=False),  # change of size as a share, 0.2 is 20 %
    Column("base", Integer),  # the size shown when it last spoke; null where it was hidden
    Column("sent_at", String, nullable=False),  # empty before the first
    Column("error", Text, nullable=False),  # why the last one could not be sent; empty otherwise
)


@dataclass(frozen=True, slots=True)
class Record:
    """A segment as it is kept. ``version`` is 0 and ``status`` new until it was first computed.

    ``indexed`` is the version that the members' documents hold where it is frozen, 0 where they hold none.
    """

    name: str
    owner: str
    note: str
    frozen: bool
    query: str
    created_at: datetime
    status: Status
    message: str
    version: int
    indexed: int

    @property
    def term(self) -> str:
        """What stands on each member's document while the segment is frozen."""
        return f"{self.name}@{self.indexed}"


@dataclass(frozen=True, slots=True)
class Version:
    """One snapshot: when, as of when, by which query, and how many came and went (exact).

    ``shown`` is the number of people after disclosure, None where it is hidden.
    """

    version: int
    at: datetime
    as_of: datetime
    query: str
    shown: int | None
    joined: int
    left: int


@lru_cache(maxsize=16)
def _made(state: Path, inode: int) -> None:
    """Make the tables, once for each state file."""
    make_tables(Home(state.parent), _metadata)


@contextmanager
def opened(home: Home) -> Iterator[Connection]:
    """One transaction on the segments' tables."""
    with connect(home):
        pass
    _made(home.state, os.stat(home.state).st_ino)
    with connect(home) as connection:
        yield connection


def all_of(home: Home) -> list[Record]:
    """Every segment, by name."""
    if not home.state.exists():
        return []
    with opened(home) as connection:
        rows = connection.execute(segments_table.select().order_by(segments_table.c.name))
        return [_record(home, row) for row in rows]


def find(home: Home, name: str) -> Record | None:
    """The segment of this name."""
    return next((record for record in all_of(home) if record.name == name), None)


def get(home: Home, name: str) -> Record:
    """The segment of this name. Raises NotFoundError."""
    record = find(home, name)
    if record is None:
        raise NotFoundError(
            f"There is no segment {name!r}.", "See those that there are: renqun segments list"
        )
    return record


def add(home: Home, name: str, query: str, owner: str, note: str, frozen: bool) -> None:
    """Keep a new segment. Raises ConflictError where there is one of this name, BadInputError as :func:`change` does."""
    refuse_unreadable(note, "the note")
    if find(home, name) is not None:
        raise ConflictError(
            f"There is a segment {name!r} already.", "Choose another name, or change it: renqun segments edit"
        )
    with opened(home) as connection:
        connection.execute(
            segments_table.insert().values(
                name=name,
                owner=owner,
                note=note,
                frozen=int(frozen),
                query=query,
                created_at=_now(),
                status="new",
                message="",
                version=0,
                indexed=0,
            )
        )


def change(home: Home, name: str, **values: str | int | None) -> None:
    """Set columns of a segment. Raises BadInputError for a note that can't be kept."""
    if isinstance(note := values.get("note"), str):
        refuse_unreadable(note, "the note")
    with opened(home) as connection:
        connection.execute(segments_table.update().where(segments_table.c.name == name).values(**values))


def claim(home: Home, name: str) -> Claim:
    """Hold the segment while it is computed. Raises ConflictError where another process does."""
    return Claim(_lock(home, name), f"computing the segment {name!r}")


def begin(home: Home, name: str) -> None:
    """Mark it as being computed, which holds as long as its claim does."""
    change(home, name, status="computing", message="")


def finish(home: Home, computed: Record, version: Version) -> bool:
    """Keep a version of what was ``computed`` and make it the current one: a frozen one's documents hold it.

    Says whether the segment is defined so still. Where it was changed meanwhile it stays ``computing``.
    """
    with opened(home) as connection:
        connection.execute(
            versions_table.insert().values(
                name=computed.name,
                version=version.version,
                at=version.at.isoformat(),
                as_of=version.as_of.isoformat(),
                query=version.query,
                shown=version.shown,
                joined=version.joined,
                left=version.left,
            )
        )
        connection.execute(
            segments_table.update()
            .where(segments_table.c.name == computed.name)
            .values(version=version.version, indexed=version.version if computed.frozen else 0)
        )
        return _settled(connection, computed, status="ready", message="")


def fail(home: Home, computed: Record, message: str) -> bool:
    """Say why it could not be computed; the version before stays. Says and leaves open as :func:`finish` does."""
    with opened(home) as connection:
        return _settled(connection, computed, status="failed", message=message)


def _settled(connection: Connection, computed: Record, **values: str) -> bool:
    """Set columns of the segment as long as it is defined as ``computed`` is; says whether it is."""
    columns = segments_table.c
    as_computed = (
        columns.name == computed.name,
        columns.query == computed.query,
        columns.frozen == int(computed.frozen),
    )
    return connection.execute(segments_table.update().where(*as_computed).values(**values)).rowcount > 0


def remove(home: Home, name: str) -> None:
    """Forget a segment, its versions and its alerts."""
    with opened(home) as connection:
        for table in (segments_table, versions_table, alerts_table):
            connection.execute(table.delete().where(table.c.name == name))


def versions(home: Home, name: str) -> list[Version]:
    """The versions of a segment, oldest first."""
    with opened(home) as connection:
        rows = connection.execute(
            versions_table.select().where(versions_table.c.name == name).order_by(versions_table.c.version)
        )
        return [
            Version(
                row.version,
                datetime.fromisoformat(row.at),
                datetime.fromisoformat(row.as_of),
                row.query,
                row.shown,
                row.joined,
                row.left,
            )
            for row in rows
        ]


def _lock(home: Home, name: str) -> Path:
    return lock_folder(home) / f"segment-{name}.lock"


def _record(home: Home, row: object) -> Record:
    values = row._mapping  # type: ignore[attr-defined]
    dead = values["status"] == "computing" and not Claim.is_held(_lock(home, values["name"]))
    return Record(
        values["name"],
        values["owner"],
        values["note"],
        bool(values["frozen"]),
        values["query"],
        datetime.fromisoformat(values["created_at"]),
        "failed" if dead else values["status"],
        INTERRUPTED if dead else values["message"],
        values["version"],
        values["indexed"],
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()
