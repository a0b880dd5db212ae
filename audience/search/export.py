"""Audiences to files: pseudonyms only, one row a person, audited."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audience.disclosure.group import streamed, uncollected
from audience.files import whole
from audience.query.model import AudienceQuery
from audience.search.answers import ExportReport
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError, ForbiddenError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

if TYPE_CHECKING:
    import polars as pl

_LIST = pa.list_(pa.string())
SCHEMA = pa.schema(
    [
        ("account_id", pa.string()),
        ("person_id", pa.string()),
        ("accounts", _LIST),
        ("sources", _LIST),
        ("regions", _LIST),
        ("activity", pa.string()),
        ("influence", pa.int32()),
        ("last_active_at", pa.timestamp("s", tz="UTC")),
        ("communities", _LIST),
        ("follows", _LIST),
        ("intents", _LIST),
        ("tags", _LIST),  # "露营:7", strongest first
    ]
)
# What of a stored row goes into the file.
_STORED = pa.schema(
    [
        *(SCHEMA.field(name) for name in SCHEMA.names if name not in ("account_id", "last_active_at")),
        ("last_active", pa.int64()),
        ("levels", pa.list_(pa.int8())),
    ]
)
_BATCH = 10_000
# A spreadsheet reads a cell that begins with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export(
    home: Home,
    query: AudienceQuery | str,
    path: Path,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> ExportReport:
    """Write the people of an audience to ``.csv`` (UTF-8 with BOM) or ``.parquet``. Needs role planner.

    Only people who may be listed are written, in order of standing; the file appears whole or not at all.

    Raises:
        BadInputError: another kind of file.
        ForbiddenError: the role is too low, or the audience may not be shown.
        StorageError: the file could not be written.
    """
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    write = {".csv": write_csv, ".parquet": _write_parquet}.get(path.suffix.lower())
    if write is None:
        raise BadInputError(
            f"{path.name} is neither .csv nor .parquet", "end the file name in .csv or .parquet"
        )
    group = streamed(home, query, disclosure)
    detail = {"query": group.query, "file": path.name, "refused": group.hidden}
    if group.hidden:
        record(home, who, role, "export", {**detail, "rows": 0})
        raise ForbiddenError(f"this audience may not be exported: {group.hidden}", "widen the query")
    written = 0

    def draft(drafts: list[Path]) -> None:
        nonlocal written
        written = write(drafts[0], map(_table, _batched(group.rows, _BATCH)))
        record(home, who, role, "export", {**detail, "rows": written})

    with uncollected():
        whole([path], draft)
    return ExportReport(query=group.query, path=str(path), rows=written)


def _table(rows: Sequence[bytes]) -> pa.Table:
    """Member rows as the file's columns."""
    from pyarrow import json

    options = json.ParseOptions(explicit_schema=_STORED, unexpected_field_behavior="ignore")
    read = json.read_json(pa.BufferReader(b"\n".join(rows)), parse_options=options).combine_chunks()
    columns = {name: read[name] for name in _STORED.names}
    accounts, tags = columns["accounts"].combine_chunks(), columns["tags"].combine_chunks()
    levels = columns["levels"].combine_chunks().flatten().cast(pa.string())
    columns |= {
        "account_id": pc.list_element(accounts, 0),
        "regions": _told(columns["regions"].combine_chunks()),
        "last_active_at": columns["last_active"].cast(pa.timestamp("s", tz="UTC")),
        "tags": _relisted(tags, pc.binary_join_element_wise(tags.flatten(), levels, ":")),
    }
    return pa.table([columns[name] for name in SCHEMA.names], SCHEMA)


def _told(regions: pa.ListArray) -> pa.ListArray:
    """Lists without what may not be told."""
    names = regions.flatten().unique()
    if all(sensitive_matter(name) is None for name in names.to_pylist()):
        return regions
    kept = [[name for name in row if sensitive_matter(name) is None] for row in regions.to_pylist()]
    return pa.array(kept, _LIST)


def _relisted(lists: pa.ListArray, values: pa.Array) -> pa.ListArray:
    """Other values in the same lists; none is absent."""
    ends = np.cumsum(np.concatenate([[0], pc.list_value_length(lists).to_numpy(zero_copy_only=False)]))
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), values)


def write_csv(path: Path, tables: Iterable[pa.Table]) -> int:
    """Write tables of SCHEMA, lists joined by ``|``, each cell as :func:`cell` has it; returns the number of rows."""
    import polars as pl

    written = 0
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8 + ",".join(SCHEMA.names).encode() + b"\r\n")
        for table in tables:
            frame = pl.from_arrow(table)
            assert isinstance(frame, pl.DataFrame)
            cells = frame.select(as_cell(name, kind) for name, kind in frame.schema.items())
            cells.write_csv(file, include_header=False, line_terminator="\r\n")
            written += frame.height
        file.flush()
        os.fsync(file.fileno())
    return written


def as_cell(name: str, kind: pl.DataType) -> pl.Expr:
    """:func:`cell`, over a column; absent cells are empty."""
    import polars as pl

    column = pl.col(name)
    if isinstance(kind, pl.List):
        text = column.list.join("|")
    elif isinstance(kind, pl.Datetime):
        text = column.dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    else:
        text = column.cast(pl.String)
    formula = text.str.contains(rf"^ *[{re.escape(''.join(_FORMULA))}]")
    return pl.when(formula).then("'" + text).when(text != "").then(text).alias(name)


def _write_parquet(path: Path, tables: Iterable[pa.Table]) -> int:
    written = 0
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for table in tables:
            writer.write_table(table)
            written += table.num_rows
    return written


def cell(value: Any) -> str:
    """A cell as text that no spreadsheet runs: what begins like a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    text = "|".join(str(part) for part in value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _batched(rows: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    """The rows in lists of ``size``, the last one shorter: no more than one of them is held at a time."""
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch
