"""Search keywords through the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from lake import columns as col
from lake.gate.incoming import Incoming, bad_time, count, missing
from lake.gate.text import free_of_names, lists_free_of_names
from lake.schemas import KEYWORDS

if TYPE_CHECKING:
    from lake.gate.gate import Gate
    from lake.gate.rejects import Rejects

GRAINS = ("hour", "day")


def admit(gate: Gate, incoming: Incoming, rejects: Rejects) -> pa.Table:
    """The keywords with a term, a time and a grain; their words are redacted like any text."""
    if incoming.frame.is_empty():
        return KEYWORDS.schema.empty_table()
    bare = pl.col("term").str.strip_chars()
    incoming.frame = incoming.frame.with_columns(pl.when(bare != "").then(bare).alias("term"))
    grain = pl.when(~pl.col("grain").is_in(GRAINS).fill_null(False)).then(
        pl.lit("grain is neither hour nor day")
    )
    rows, _ = incoming.good(pl.coalesce(missing("term"), bad_time("at", gate.now), grain), rejects)
    made = rows.with_columns(
        *(free_of_names(rows[name], gate.mentions) for name in ("term", "category", "description")),
        col.months(rows["at"]),
        *(count(name) for name in ("rank", "reads", "discussions", "originals")),
        pl.when(pl.col("volume").is_finite() & (pl.col("volume") >= 0)).then("volume"),
        lists_free_of_names(rows["related"], gate.mentions),
    )
    return col.table_of(KEYWORDS, made, gate.kept("keywords"), gate.provenance())
