"""From lists of raw dicts to clean columns, and from frames to the lake's tables.

A column of dicts is read in one pass, value by value only where it holds odd ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

import polars as pl
import pyarrow as pa

from lake.schemas import Table

Rows = Sequence[Mapping[str, Any]]

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MAX_TEXT = 100_000
DIRT = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\x{fffe}\x{ffff}]"  # for Polars, whose text holds no lone surrogates
_DIRT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_INT64 = 2**63 - 1
_ABSURD = datetime(
    1970, 1, 1, tzinfo=UTC
)  # stands for years that can't be right: refused like any before 2000


def pick(rows: Rows, key: str) -> list[Any]:
    """One key of every row, absent as None."""
    return [row.get(key) for row in rows]


def strings(rows: Rows, key: str) -> list[str | None]:
    """A text column: numbers become text, anything else None; lone surrogates and control characters are removed."""
    column = pick(rows, key)
    if not set(map(type, column)) <= {str, type(None)}:
        column = [_as_text(value) for value in column]
    if not _DIRT.search("\n".join(filter(None, column))):
        return column
    return [value and _DIRT.sub("", value) for value in column]


def string_lists(rows: Rows, key: str) -> list[list[str] | None]:
    """A column of lists of text; anything that isn't one is absent."""
    column = [value if isinstance(value, list) else None for value in pick(rows, key)]
    flat = [item for value in column if value for item in value]
    if set(map(type, flat)) <= {str} and not _DIRT.search("\n".join(flat)):
        return column
    return [
        None if value is None else [text for item in value if (text := _DIRT.sub("", _as_text(item) or ""))]
        for value in column
    ]


def mentions(rows: Rows, key: str) -> list[list[dict[str, str | None]]]:
    """A column of mention lists: those of its items that name an account."""
    return [_named(value) if isinstance(value, list) else [] for value in pick(rows, key)]


def counts(rows: Rows, key: str, most: int = _INT64) -> list[int | None]:
    """A column of counts up to ``most``; anything that isn't a whole number is absent."""
    column = pick(rows, key)
    if not set(map(type, column)) <= {int, type(None)}:
        column = [_as_count(value) for value in column]
    return [value if value is None or -1 <= value <= most else None for value in column]


def numbers(rows: Rows, key: str) -> list[float | None]:
    """A column of numbers."""
    return [
        float(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
        else None
        for value in pick(rows, key)
    ]


def flags(rows: Rows, key: str) -> list[bool | None]:
    """A column of true, false or absent: nothing else counts as true."""
    return [value if value is True or value is False else None for value in pick(rows, key)]


def times(rows: Rows, key: str) -> list[datetime | None]:
    """A column of aware times; anything else is absent."""
    return [
        None
        if not isinstance(value, datetime) or value.tzinfo is None
        else value.astimezone(UTC)
        if 1900 < value.year < 2200
        else _ABSURD
        for value in pick(rows, key)
    ]


def days(rows: Rows, key: str) -> list[str | None]:
    """A column of days as text; dates become ``2008-08-15``."""
    column = [value.isoformat() if isinstance(value, date) else value for value in pick(rows, key)]
    return strings([{key: value} for value in column], key)


def read_as(kind: pl.DataType) -> Callable[[Rows, str], list[Any]]:
    """The function above that reads a column of this type."""
    readers: dict[pl.DataType, Callable[[Rows, str], list[Any]]] = {
        pl.String(): strings,
        pl.Int64(): counts,
        pl.Int32(): lambda rows, key: counts(rows, key, 2**31 - 1),
        pl.Float64(): numbers,
        pl.Boolean(): flags,
        pl.Datetime("us", "UTC"): times,
        pl.List(pl.String()): string_lists,
    }
    return readers.get(kind, mentions)


def months(times: pl.Series) -> pl.Series:
    """The column ``month``, ``2026-08``, of moments that all are there: looked up, since formatting each takes long."""
    number = month_numbers(times)
    first, last = cast(int, number.min() or 0), cast(int, number.max() or -1)
    names = [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, last + 1)]
    return pl.Series("month", names, pl.String).gather(number - first)


def month_numbers(times: pl.Series) -> pl.Series:
    """Months since the year 0, which sort as the moments do."""
    return times.dt.year() * 12 + times.dt.month() - 1


def table_of(table: Table, frame: pl.DataFrame, keep: Iterable[str], same: Mapping[str, Any]) -> pa.Table:
    """A table in the schema's order: columns that are missing or not in ``keep`` are null, ``same`` fills whole columns."""
    kept, length = set(keep), frame.height
    arrays = []
    for field in table.schema:
        if field.name in same:
            arrays.append(pa.repeat(pa.scalar(same[field.name], field.type), length))
        elif field.name in kept and field.name in frame.columns:
            # Texts as Polars holds them: Arrow then copies each once, where Polars' older form costs one copy more.
            values = frame[field.name].to_arrow(compat_level=pl.CompatLevel.newest())
            arrays.append(values if values.type == field.type else values.cast(field.type))
        else:
            arrays.append(pa.nulls(length, field.type))
    return pa.Table.from_arrays(arrays, schema=table.schema)


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


def _named(listed: list[Any]) -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = []
    for mention in listed:
        if not isinstance(mention, dict):
            continue
        native_id, handle = (
            _DIRT.sub("", value) if isinstance(value := mention.get(key), str) else None
            for key in ("native_id", "handle")
        )
        if native_id or handle:
            found.append({"native_id": native_id or None, "handle": handle})
    return found
