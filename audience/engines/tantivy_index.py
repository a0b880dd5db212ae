"""Writing a Tantivy index: its fields, and persons in batches into a folder of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import tantivy

from audience.engines.base import FACET_FIELDS, LOOKUP_FIELDS, TERM_FIELD

# Words and lookup terms are one text each, split at spaces alone: many times faster than a list of values.
_SPLIT = "split"
_SPACES = r"[ \t\n\r\x0c]"
_HEAP = 512 << 20
# Between the words of two accounts of a person: a word that no segmenter gives, so that no phrase crosses it.
_BREAK = "\ue000"
# Orders by a number, the highest first, then by standing: packed into one number so that the engine sorts by both.
PACKED = {"by_last_active": "last_active", "by_followers": "followers"}
_TOP = (1 << 32) - 1
_UNSIGNED = ("influence", "followers", "last_active", "cell", "mark")


def lookup_term(value: str) -> str:
    """A lookup term as it is indexed: its own spaces would split it, so they are hard ones."""
    return re.sub(_SPACES, "\u00a0", value)


def packed(key: int, uid: int) -> int:
    """A place in one of the PACKED orders: smaller comes first; ``key`` -1 is unknown and comes last."""
    rank = _TOP if key < 0 else _TOP - 1 - min(key, _TOP - 1)
    return rank << 32 | uid


def unpacked(place: int) -> int:
    """The uid of a place."""
    return place & _TOP


def schema() -> tantivy.Schema:
    """The index's fields: exact terms for all conditions, fast columns for facets and order."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("uid", indexed=True, fast=True)
    for name in (*_UNSIGNED, *PACKED):  # ranges are read off the columns, and nobody looks up one number
        builder.add_unsigned_field(name, indexed=False, fast=True)
    builder.add_bytes_field("row", stored=True)
    for name in ("account", "listable"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in LOOKUP_FIELDS:
        builder.add_text_field(name, tokenizer_name=_SPLIT, index_option="basic")
    for name in (*FACET_FIELDS, TERM_FIELD):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("words", tokenizer_name=_SPLIT)
    return builder.build()


def register(index: tantivy.Index) -> None:
    """Teach an opened index how its words are split."""
    index.register_tokenizer(_SPLIT, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def write_index(folder: Path, batches: Iterable[pl.DataFrame]) -> int:
    """Write the batches of ``audience.index.people.person_batches`` into an empty folder; returns the number of persons.

    One commit: either all of it is there, or the folder is of no use.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = tantivy.Index(schema(), path=str(folder), reuse=False)
    register(index)
    writer = index.writer(heap_size=_HEAP, num_threads=2)
    written = 0
    try:
        for batch in batches:
            for document in _documents(batch):
                writer.add_json(document)
            written += batch.height
        writer.commit()
    except BaseException:
        writer.rollback()
        raise
    finally:
        # The writer's threads hold the folder: they must have ended before anybody removes it.
        writer.wait_merging_threads()
    return written


def _documents(batch: pl.DataFrame) -> pl.Series:
    """One JSON text a person. Numbers stand in lists, since an empty one means absent and null is refused."""
    hard = pl.element().str.replace_all(_SPACES, "\u00a0")
    return batch.select(
        pl.struct(
            "uid",
            pl.col("row").cast(pl.Binary).bin.encode("base64"),
            "account",
            pl.when("listable").then(pl.lit("yes")).otherwise(pl.lit("no")).alias("listable"),
            *(pl.col(name).list.eval(hard).list.join(" ") for name in LOOKUP_FIELDS),
            *FACET_FIELDS,
            TERM_FIELD,
            *(pl.concat_list(name).list.drop_nulls() for name in _UNSIGNED),
            *(_place(key).alias(name) for name, key in PACKED.items()),
            pl.col("words").list.join(f" {_BREAK} "),
        ).struct.json_encode()
    ).to_series()


def _place(key: str) -> pl.Expr:
    """:func:`packed`, over a column."""
    known = pl.lit(_TOP - 1, pl.UInt64) - pl.col(key).clip(0, _TOP - 1).cast(pl.UInt64)
    rank = known.fill_null(pl.lit(_TOP, pl.UInt64))
    return rank * pl.lit(1 << 32, pl.UInt64) + pl.col("uid").cast(pl.UInt64)
