"""What a table of the lake is: columns, key and partitions. Times are UTC microseconds."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")
STRINGS = pa.list_(pa.string())


@dataclass(frozen=True, slots=True)
class Table:
    """A Delta table: its schema, the columns that make a row unique, and how its files are split."""

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    partition_by: tuple[str, ...] = ()
    in_vault: bool = False


def schema_of(columns: dict[str, pa.DataType]) -> pa.Schema:
    """Columns by name, in their order."""
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])
