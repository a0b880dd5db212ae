"""SQLite files that other tools wrote: read only, batch by batch, every value as text."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import polars as pl

from privacy.errors import BadInputError

SQLITE = (".db", ".sqlite", ".sqlite3")  # what names of such files end with
BATCH = 20_000
_MAGIC = b"SQLite format 3\0"
# A damaged file may also hold names that are no UTF-8, or have a NUL in them.
_DAMAGED = (sqlite3.Error, ValueError)


def tables_of(path: Path) -> dict[str, list[str]]:
    """Table to its columns; empty where the file is no SQLite or can't be read."""
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                return {}
        with closing(_open(path)) as base:
            names = [row[0] for row in base.execute("select name from sqlite_master where type = 'table'")]
            return {
                name: [row[1] for row in base.execute(f"pragma table_info({_name(name)})")] for name in names
            }
    except (OSError, *_DAMAGED):
        return {}


def read_table(path: Path, table: str, batch: int = BATCH) -> Iterator[tuple[pl.DataFrame, str]]:
    """The rows of a table with all its columns, and why they end early, if they do.

    Raises BadInputError where nothing of it can be read.
    """
    try:
        base = _open(path)
    except sqlite3.Error as error:
        raise BadInputError(f"{path} can't be read: {error}.") from None
    with closing(base):
        base.text_factory = _text
        try:
            found = base.execute(f"select * from {_name(table)}")
            names = [column[0] for column in found.description]
            while rows := found.fetchmany(batch):
                yield _frame(names, rows), ""
        except _DAMAGED as error:
            empty = pl.DataFrame()
            yield empty, f"table {table} of {path.name} breaks off: {error}"


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)


def _name(table: str) -> str:
    return '"' + table.replace('"', '""') + '"'


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _frame(names: list[str], rows: list[tuple[object, ...]]) -> pl.DataFrame:
    columns = {
        name: [None if value is None or value == "" else _shown(value) for value in column]
        for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return _text(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
