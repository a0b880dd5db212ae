"""Any table: CSV, JSONL or Parquet as posts, accounts, edges, keywords or touchpoints, its columns said or guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet

from crawlers.importers.base import Importer, Options, Part
from crawlers.importers.csv_files import read_csv, read_header
from crawlers.importers.lines import read_lines
from crawlers.importers.table_columns import TABLES, Columns, find_columns
from crawlers.importers.values import Values
from lake.frames import FRAMES, TIME, RawFrames
from lake.raw import RawReject
from privacy.errors import BadInputError

_PARQUET_ROWS = 50_000
_LINES = (".jsonl", ".ndjson")
_MUST = {
    "created_at",
    "at",
    "amount",
}  # a cell that can't be read costs the row: without it the row says something else


@dataclass(slots=True)
class _Chunk:
    """Some rows as columns of text, those that are none, and why the file ended early."""

    frame: pl.DataFrame
    rejects: list[RawReject]
    broke_off: str = ""


class Table(Importer):
    """A file with one row a post, account, edge, keyword or touchpoint. It is never guessed: people say so."""

    name = "table"

    def recognises(self, path: Path) -> bool:
        """Never: what the rows are can't be told from a file."""
        return False

    def read(self, path: Path, options: Options) -> Iterator[Part]:
        """Chunk by chunk; the first part says which column is read as which field."""
        if options.table not in TABLES:
            raise BadInputError("What the rows are isn't said.", f"Say --as {', '.join(TABLES)}.")
        columns: Columns | None = None
        for chunk in _chunks(path, options.table):
            if columns is None and not chunk.frame.width:  # of the lines so far none can be read
                yield Part(RawFrames(rejects=chunk.rejects), chunk.broke_off)
                continue
            if columns is None:
                columns = find_columns(options.table, chunk.frame.columns, options.columns)
                yield Part(RawFrames(), said=str(columns))
            rows, rejects = _mapped(chunk.frame, options.table, columns, options.timezone)
            yield Part(RawFrames(**{options.table: rows}, rejects=chunk.rejects + rejects), chunk.broke_off)


def _chunks(path: Path, table: str) -> Iterator[_Chunk]:
    if path.is_dir():
        raise BadInputError(f"{path} is a folder.", "Name the files in it.")
    if path.suffix == ".parquet":
        yield from _parquet(path)
    elif any(suffix in _LINES for suffix in path.suffixes):
        yield from _json_lines(path, table)
    else:
        header = read_header(path)
        delimiter = max(",\t;", key=header[0].count) if len(header) == 1 else ","
        for cells in read_csv(path, table, delimiter=delimiter):
            yield _Chunk(cells.frame, cells.rejects, cells.broke_off)


def _parquet(path: Path) -> Iterator[_Chunk]:
    try:
        for batch in parquet.ParquetFile(path).iter_batches(_PARQUET_ROWS):
            # Polars panics at damaged text, in values, in names and in what else the schema says.
            batch.validate(full=True)
            frame = pl.from_arrow(pa.Table.from_arrays(batch.columns, names=batch.schema.names))
            assert isinstance(frame, pl.DataFrame)
            yield _Chunk(frame.select(map(_as_text, frame)), [])
    except (OSError, UnicodeDecodeError, pa.ArrowException, pl.exceptions.PolarsError) as error:
        raise BadInputError(f"{path} can't be read as Parquet: {str(error).rstrip('.')}.") from None


def _as_text(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Datetime):
        return column.dt.to_string("%Y-%m-%dT%H:%M:%S%z" if column.dtype.time_zone else "%Y-%m-%dT%H:%M:%S")
    if isinstance(column.dtype, pl.List):
        return column.cast(pl.List(pl.String)).list.join(",")
    return column.cast(pl.String, strict=False)


def _json_lines(path: Path, table: str) -> Iterator[_Chunk]:
    names: dict[str, None] = {}
    for lines in read_lines(path):
        rejects: list[RawReject] = [{"table": table, "reason": why, "row": text} for why, text in lines.bad]
        rows: list[dict[str, Any]] = []
        for text in lines.texts:
            try:
                row = orjson.loads(text)
            except orjson.JSONDecodeError:
                row = None
            if isinstance(row, dict):
                rows.append(row)
            else:
                rejects.append({"table": table, "reason": "the line is no JSON object", "row": text})
        names |= dict.fromkeys(name for row in rows for name in row)
        columns = {name: [_cell(row.get(name)) for row in rows] for name in names}
        yield _Chunk(pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String)), rejects, lines.broke_off)


def _cell(value: Any) -> str | None:
    if isinstance(value, list):
        return ",".join(map(str, value))
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mapped(
    frame: pl.DataFrame, table: str, columns: Columns, zone: str
) -> tuple[pl.DataFrame, list[RawReject]]:
    """The rows as fields, and those with a cell that can't be read where it matters."""
    values = Values(frame)
    rows = pl.DataFrame([_field(values, table, field, name, zone) for field, name in columns.of.items()])
    if table == "edges" and "kind" not in columns.of:
        rows = rows.with_columns(pl.lit("follow").alias("kind"))
    if table == "keywords" and "grain" not in columns.of:
        rows = rows.with_columns(pl.lit("day").alias("grain"))
    unread = [
        pl.when(rows[field].is_null() & values.text(name).is_not_null()).then(
            pl.lit(f"{field} can't be read as a {'number' if field == 'amount' else 'time'}")
        )
        for field, name in columns.of.items()
        if field in _MUST
    ]
    if not unread:
        return rows, []
    why = rows.select(pl.coalesce(unread)).to_series()
    if why.null_count() == rows.height:
        return rows, []
    bad = frame.with_columns(why.alias("\0why")).filter(why.is_not_null()).to_dicts()
    rejects: list[RawReject] = [
        {"table": table, "reason": row.pop("\0why"), "row": _known(row, columns)} for row in bad
    ]
    return rows.filter(why.is_null()), rejects


def _known(row: dict[str, Any], columns: Columns) -> dict[str, Any]:
    """The row as the file has it, the fields by which erasure finds it beside."""
    whose = [field for field in columns.of if field.endswith("native_id") or field == "source"]
    told = {field: row[columns.of[field]] for field in whose}
    return {name: cell for name, cell in (told | row).items() if cell is not None}


def _field(values: Values, table: str, field: str, column: str, zone: str) -> pl.Series:
    kind = FRAMES[table][field]
    if kind == TIME:
        made = values.moment(zone, column)
    elif kind == pl.List(pl.String):
        made = values.listed(column)
    elif kind == pl.Boolean():
        made = values.flag(column)
    elif kind == pl.Float64():
        made = _number(values.text(column))
    elif kind in (pl.Int64(), pl.Int32()):
        made = values.count(column)
    elif field.endswith("native_id") or field == "customer_id":
        made = values.id(column)
    else:
        made = values.text(column)
    return made.alias(field)


def _number(column: pl.Series) -> pl.Series:
    """Numbers, also written ``¥1,234.50``."""
    return column.str.replace_all(r"[,，￥¥元$€\s]", "").cast(pl.Float64, strict=False)
