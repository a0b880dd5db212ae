"""What a batch came to, in numbers: what the ``runs`` row needs to know of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from lake.gate import CleanRows
from lake.gate.gate import PROVENANCE

_MEASURED = ("posts", "accounts", "keywords")


@dataclass(slots=True)
class Measured:
    """``counts`` are those of ``CleanRows``; ``seen`` rows by table and ``filled`` rows by ``table.column``."""

    tables: tuple[str, ...]
    counts: Counter[str]
    seen: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    months: set[str] = field(default_factory=set)


def measure(clean: CleanRows) -> Measured:
    """Count what the gate let through, and how full each column is."""
    found = Measured(tuple(clean.tables), clean.counts)
    for name in _MEASURED:
        table = clean.tables.get(name)
        if table is not None:
            found.seen[name] += table.num_rows
            for column in set(table.column_names) - PROVENANCE:
                found.filled[f"{name}.{column}"] += _filled(table[column])
    if "posts" in clean.tables:
        found.months.update(clean.tables["posts"]["month"].unique().to_pylist())
    return found


def _filled(column: pa.ChunkedArray) -> int:
    """In how many rows a column says something: an empty list says nothing."""
    if pa.types.is_list(column.type):
        return int(pc.sum(pc.greater(pc.list_value_length(column), 0)).as_py() or 0)
    return int(len(column) - column.null_count)
