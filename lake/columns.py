"""From lists of raw dicts to clean columns: one pass a column, row by row only where a column holds odd values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lake.schemas import TIME, Table

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MAX_TEXT = 100_000
_DIRT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_INT64 = 2**63 - 1


def pick(rows: Sequence[Mapping[str, Any]], key: str) -> list[Any]:
    """One key of every row, absent as None."""
    return [row.get(key) for row in rows]


def strings(rows: Sequence[Mapping[str, Any]], key: str) -> list[str | None]:
    """A text column: numbers become text, anything else and empty text None; control characters are removed."""
    column = pick(rows, key)
    if not set(map(type, column)) <= {str, type(None)}:
        column = [_as_text(value) for value in column]
    if "" in column:
        column = [value or None for value in column]
    return clean(column)


def clean(column: list[str | None]) -> list[str | None]:
    """Remove lone surrogates and control characters other than tab and line ends."""
    if not _DIRT.search("\n".join(filter(None, column))):
        return column
    return [value and (_DIRT.sub("", value) or None) for value in column]


def string_lists(rows: Sequence[Mapping[str, Any]], key: str) -> list[list[str]]:
    """A column of lists of text; anything that isn't one is an empty list."""
    column = [value if isinstance(value, list) else [] for value in pick(rows, key)]
    flat = [item for value in column for item in value]
    if set(map(type, flat)) <= {str} and not _DIRT.search("\n".join(flat)):
        return column
    return [[text for item in value if (text := _DIRT.sub("", _as_text(item) or ""))] for value in column]


def counts(rows: Sequence[Mapping[str, Any]], key: str) -> pa.Array:
    """A column of counts from 0; Mastodon's -1 (hidden) and anything that isn't a count is absent."""
    column = pick(rows, key)
    if not set(map(type, column)) <= {int, type(None)}:
        column = [_as_count(value) for value in column]
    column = [value if value is None or 0 <= value <= _INT64 else None for value in column]
    return pa.array(column, pa.int64())


def flags(rows: Sequence[Mapping[str, Any]], key: str) -> list[bool | None]:
    """A column of true, false or absent: nothing else counts as true."""
    return [value if value is True or value is False else None for value in pick(rows, key)]


def times(rows: Sequence[Mapping[str, Any]], key: str, now: datetime) -> list[datetime | None]:
    """A column of aware times between 2000 and a day from now; anything else is absent."""
    latest = now + timedelta(days=1)
    return [
        value
        if isinstance(value, datetime) and value.tzinfo is not None and EARLIEST <= value <= latest
        else None
        for value in pick(rows, key)
    ]


def time_fault(value: Any) -> str:
    """Why a time is refused."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        return "is not a time with a zone"
    return "is before 2000 or in the future"


def months(stamps: pa.Array) -> pa.Array:
    """The UTC month, ``2026-08``, of each time."""
    microseconds: npt.NDArray[np.int64] = stamps.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return pa.array(microseconds.astype("datetime64[us]").astype("datetime64[M]").astype(str).astype(object))


def stamps(values: Sequence[datetime | None]) -> pa.Array:
    """Aware times as UTC microseconds."""
    return pa.array(values, TIME)


def same(value: Any, length: int, kind: pa.DataType | None = None) -> pa.Array:
    """One value in every row."""
    if value is None:
        return pa.nulls(length, kind)
    return pa.repeat(pa.scalar(value, kind), length)


def table_of(schema: Table, columns: Mapping[str, Any], length: int, keep: Iterable[str]) -> pa.Table:
    """A table in the schema's order; columns that are missing or not in ``keep`` are null."""
    kept = set(keep)
    arrays = []
    for field in schema.schema:
        values = columns.get(field.name) if field.name in kept else None
        if values is None:
            arrays.append(pa.nulls(length, field.type))
        elif isinstance(values, (pa.Array, pa.ChunkedArray)):
            arrays.append(values if values.type == field.type else values.cast(field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=schema.schema)


def _as_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _as_count(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer() and abs(value) < _INT64:
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
