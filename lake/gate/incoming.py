"""The rows of one table on their way through the gate, whether they came as dicts or as a frame."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from lake import columns as col
from lake.frames import FRAMES, TIME, fitted

if TYPE_CHECKING:
    from lake.gate.rejects import Rejects

# Arrow builds columns of nested Python values far faster than Polars does.

_LONG = ("text", "bio", "description")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Incoming:
    """A frame with the columns of ``lake.frames.FRAMES[table]``, ``row`` (its place) and ``odd`` (a fault seen already).

    Text is without control characters, and empty text is absent. ``original(place)`` is the row as it was handed over.
    """

    table: str
    frame: pl.DataFrame
    original: Callable[[int], Any]

    def good(self, fault: pl.Expr, rejects: Rejects) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows without fault, and those with one, which are refused; a text that is too long is a fault of any table."""
        marked = self.frame.with_columns(pl.coalesce(fault, *_too_long(self.frame)).alias("odd"))
        if marked["odd"].null_count() == marked.height:
            return self.frame, self.frame.clear()
        refused = marked.filter(pl.col("odd").is_not_null())
        for place, reason in refused.select("row", "odd").iter_rows():
            rejects.add(self.table, reason, self.original(place))
        return self.frame.filter(marked["odd"].is_null()), refused


def from_frame(table: str, frame: pl.DataFrame | None) -> Incoming:
    """Rows that come as a frame; absent columns are null."""
    if frame is None:
        return Incoming(table, _no_rows(table), lambda _: None)
    given, whole = frame, _cleaned(fitted(table, frame)).with_row_index("row")

    def original(place: int) -> dict[str, Any]:
        return {name: value for name, value in given.row(place, named=True).items() if value is not None}

    return Incoming(table, whole.with_columns(pl.lit(None, pl.String).alias("odd")), original)


def from_rows(table: str, rows: Sequence[Any]) -> Incoming:
    """Rows that come as dicts, whatever these hold."""
    if not rows:
        return Incoming(table, _no_rows(table), lambda _: None)
    given = set().union(*rows)
    columns = {
        name: col.days(rows, name) if name == "birthday" else col.read_as(kind)(rows, name)
        for name, kind in FRAMES[table].items()
        if name in given
    }
    schema = _arrow(table)
    arrays = [
        pa.array(columns[field.name], field.type)
        if field.name in columns
        else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    frame = pl.from_arrow(pa.Table.from_arrays(arrays, schema=schema))
    assert isinstance(frame, pl.DataFrame)
    frame = _cleaned(frame).with_row_index("row").with_columns(_odd(table, rows).alias("odd"))
    return Incoming(table, frame, lambda place: rows[place])


def missing(name: str) -> pl.Expr:
    """The fault of rows without this column."""
    return pl.when(pl.col(name).is_null()).then(pl.lit(f"{name} is missing"))


def _too_long(frame: pl.DataFrame) -> list[pl.Expr]:
    """The fault of rows where a text, or one in a list, is longer than any that is kept; of columns that hold such a text."""
    texts = {name: pl.col(name) for name, kind in frame.schema.items() if kind == pl.String}
    lists = {
        name: pl.col(name).explode() for name, kind in frame.schema.items() if kind == pl.List(pl.String)
    }
    longest = frame.select(each.str.len_bytes().max().alias(name) for name, each in (texts | lists).items())
    return [
        pl.when(_longest(name, name in lists) > col.MAX_TEXT).then(
            pl.lit(f"{name} is longer than {col.MAX_TEXT} characters")
        )
        for name, size in longest.row(0, named=True).items()
        if size is not None and size > col.MAX_TEXT
    ]


def _longest(name: str, is_list: bool) -> pl.Expr:
    """How many characters a row's text has, or the longest in its list."""
    if is_list:
        return pl.col(name).list.eval(pl.element().str.len_chars()).list.max()
    return pl.col(name).str.len_chars()


def bad_time(name: str, now: datetime) -> pl.Expr:
    """The fault of rows whose time is absent, before 2000 or more than a day from now."""
    return (
        pl.when(pl.col(name).is_null())
        .then(pl.lit(f"{name} is not a time with a zone"))
        .when(~in_range(name, now))
        .then(pl.lit(f"{name} is before 2000 or in the future"))
    )


def in_range(name: str, now: datetime) -> pl.Expr:
    """Whether a time can be right."""
    return pl.col(name).is_between(_moment(col.EARLIEST), _moment(now + timedelta(days=1)))


def _moment(when: datetime) -> pl.Expr:
    """As a number first: Polars runs two queries of its own to make a literal of a time with a zone."""
    return pl.lit((when - _EPOCH) // timedelta(microseconds=1)).cast(TIME)


def count(name: str) -> pl.Expr:
    """A count from 0; Mastodon's -1 (hidden) is absent."""
    return pl.when(pl.col(name) >= 0).then(pl.col(name)).alias(name)


def _odd(table: str, rows: Sequence[Any]) -> pl.Series:
    """What a frame can't hold, though leaving it out would say something else."""
    odd: list[str | None] = [None] * len(rows)
    for key in ("title", "text") if table == "posts" else ():
        for place, value in enumerate(col.pick(rows, key)):
            if value is not None and not isinstance(value, str):
                odd[place] = f"{key} is not text"
    if table == "edges":
        for place, (given, time) in enumerate(zip(col.pick(rows, "at"), col.times(rows, "at"), strict=True)):
            if given is not None and time is None:
                odd[place] = "at is not a time with a zone"
    return pl.Series(odd, dtype=pl.String)


def _cleaned(frame: pl.DataFrame) -> pl.DataFrame:
    """Text without control characters; empty text is absent. Long texts and lists are cleaned where they are redacted."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    short = [name for name in texts if name not in _LONG]
    dirty = frame.select(pl.col(short).str.contains(col.DIRT).any()).row(0, named=True)
    found = [name for name in short if dirty[name]]
    if "mentions" in frame.columns and frame["mentions"].null_count() < frame.height:
        names = [pl.field(name).str.replace_all(col.DIRT, "") for name in ("native_id", "handle")]
        frame = frame.with_columns(pl.col("mentions").list.eval(pl.element().struct.with_fields(names)))
    frame = frame.with_columns(pl.col(found).str.replace_all(col.DIRT, ""))
    blank = frame.select((pl.col(texts) == "").any()).row(0, named=True)
    return frame.with_columns(_filled(name) for name in texts if blank[name])


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name))


@functools.cache
def _no_rows(table: str) -> pl.DataFrame:
    """Made once: most batches lack most tables, and Polars takes a millisecond for each."""
    return pl.DataFrame(schema={"row": pl.get_index_type(), **FRAMES[table], "odd": pl.String})


@functools.cache
def _arrow(table: str) -> pa.Schema:
    """Made at first use: Polars starts its threads for it, and a process that has threads cannot be forked."""
    return pl.DataFrame(schema=dict(FRAMES[table])).to_arrow().schema
