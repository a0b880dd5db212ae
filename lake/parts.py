"""The Parquet files of an append, one a partition, written by Arrow: a quarter less work than by Delta's own writer."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake.disk import CODEC, LEVEL, VARIED
from lake.schemas import Table

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake.transaction import AddAction

_RUNS = 1000  # of rows with equal values, up to which they are not copied: each is a chunk to Arrow then
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")  # what stands in a path as it is
_Parts = list[tuple[dict[str, str], "pa.Table"]]


def parts_of(table: Table, rows: pa.Table) -> _Parts | None:
    """The rows by the values of their partition, which lie in the path alone; None where a path can't hold one as it is."""
    parts: _Parts = [({}, rows)]
    for column in table.partition_by:
        split: _Parts = []
        for values, some in parts:
            for value, own in _by_value(some, column):
                if not isinstance(value, str) or not _PLAIN.fullmatch(value):
                    return None
                split.append(({**values, column: value}, own.drop([column])))
        parts = split
    return parts


def _by_value(rows: pa.Table, column: str) -> Iterator[tuple[Any, pa.Table]]:
    """The rows of each value; where equal ones stand side by side they are not copied."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    codes = pc.dictionary_encode(rows[column], null_encoding="encode").combine_chunks()
    values, places = codes.dictionary.to_pylist(), codes.indices.to_numpy()
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    ends = np.append(starts[1:], len(places))
    for code, value in enumerate(values):
        if len(starts) <= _RUNS:
            own = [place for place, start in enumerate(starts) if places[start] == code]
            yield value, pa.concat_tables([rows.slice(starts[i], ends[i] - starts[i]) for i in own])
        else:
            yield value, rows.filter(pa.array(places == code))


def write_parts(root: Path, parts: _Parts) -> list[AddAction]:
    """Write each part below the table's folder; what the log is to say of them. Of a part that fails nothing stays."""
    import pyarrow.parquet as pq
    from deltalake.transaction import AddAction

    added: list[AddAction] = []
    for values, rows in parts:
        name = "/".join(
            [*(f"{column}={value}" for column, value in values.items()), f"part-{uuid.uuid4()}.parquet"]
        )
        path, bounded = root / name, [column for column in rows.column_names if column not in VARIED]
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            pq.write_table(
                rows,
                path,
                compression=CODEC,
                compression_level=LEVEL,
                use_dictionary=bounded,
                write_statistics=bounded,
                store_schema=False,
            )
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        moment, stats = time.time_ns() // 1_000_000, json.dumps(_stats(rows))
        added.append(AddAction(name, path.stat().st_size, values, moment, True, stats))
    return added


def _stats(rows: pa.Table) -> dict[str, object]:
    """How many rows there are, and from when to when they were collected: old ones are looked for."""
    import pyarrow.compute as pc

    stats: dict[str, object] = {"numRecords": rows.num_rows}
    if "collected_at" in rows.column_names:
        bounds = pc.min_max(rows["collected_at"]).as_py()
        if bounds["min"] is not None:
            stats["minValues"] = {"collected_at": _milliseconds(bounds["min"])}
            stats["maxValues"] = {"collected_at": _milliseconds(bounds["max"] + timedelta(microseconds=999))}
    return stats


def _milliseconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
