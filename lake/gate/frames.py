"""Keywords that come as a frame: the same rules as row by row, each different text redacted once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from lake import columns as col
from lake.gate.keywords import GRAINS
from lake.schemas import KEYWORDS

if TYPE_CHECKING:
    from lake.gate.gate import Gate
    from lake.gate.rejects import Rejects

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "term": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "grain": pl.String,
    "rank": pl.Int32,
    "volume": pl.Float64,
    "category": pl.String,
    "description": pl.String,
    "related": pl.List(pl.String),
    "advert": pl.Boolean,
}


def admit(gate: Gate, frame: pl.DataFrame, rejects: Rejects) -> pa.Table:
    """The frame's rows that have a term, a time and a grain; other columns may be absent."""
    absent = [pl.lit(None, kind).alias(name) for name, kind in _SCHEMA.items() if name not in frame.columns]
    rows = frame.with_columns(absent).select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items())
    for name in ("term", "description"):
        rows = _free_of_names(gate, rows, name)
    latest = gate.now + timedelta(days=1)
    fault = (
        pl.when(pl.col("term").is_null() | (pl.col("term").str.strip_chars() == ""))
        .then(pl.lit("term is missing"))
        .when(pl.col("at").is_null())
        .then(pl.lit("at is not a time with a zone"))
        .when(~pl.col("at").is_between(col.EARLIEST, latest))
        .then(pl.lit("at is before 2000 or in the future"))
        .when(~pl.col("grain").is_in(GRAINS).fill_null(False))
        .then(pl.lit("grain is neither hour nor day"))
        .alias("fault")
    )
    rows = rows.with_columns(fault)
    for row in rows.filter(pl.col("fault").is_not_null()).iter_rows(named=True):
        rejects.add("keywords", row.pop("fault"), row)
    good = rows.filter(pl.col("fault").is_null()).with_columns(
        pl.col("at").dt.strftime("%Y-%m").alias("month"),
        pl.when(pl.col("rank") >= 0).then(pl.col("rank")),
        pl.when(pl.col("volume").is_finite() & (pl.col("volume") >= 0)).then(pl.col("volume")),
        _words_free_of_names(gate, rows.filter(pl.col("fault").is_null())["related"]),
    )
    if good.is_empty():
        return KEYWORDS.schema.empty_table()
    table = good.to_arrow()
    made = {name: table[name].combine_chunks() for name in (*_SCHEMA, "month")}
    return col.table_of(KEYWORDS, made | gate.provenance(good.height), good.height, gate.kept("keywords"))


def _free_of_names(gate: Gate, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Clean a text column through its different values."""
    texts = rows[name].drop_nulls().unique()
    if texts.is_empty():
        return rows
    before = col.clean([text.strip() for text in texts.to_list()])
    pairs = pl.DataFrame(
        {name: texts, "clean": gate.free_text(before)}, schema={name: pl.String, "clean": pl.String}
    )
    return (
        rows.join(pairs, on=name, how="left", maintain_order="left")
        .with_columns(pl.col("clean").alias(name))
        .drop("clean")
    )


def _words_free_of_names(gate: Gate, related: pl.Series) -> pl.Series:
    if related.null_count() == len(related):
        return related
    return pl.Series(
        "related",
        [None if words is None else [w for w in gate.free_text(words) if w] for words in related.to_list()],
        dtype=pl.List(pl.String),
    )
