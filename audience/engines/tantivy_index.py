"""Writing a Tantivy index: its fields, and persons in batches into a folder of its own.

Exact values stand together in one field, each behind a letter that says which condition it is of: one long text is read
many times faster than many short ones. None of them is of one person alone: a million of such terms slow every other one,
so accounts lie beside the index (:mod:`audience.engines.account_places`) and a ``uid`` is two terms, its block and its
place in the block. Facets are columns of numbers, which :mod:`audience.engines.tantivy_values` gives
their values back; member rows lie beside the index (:mod:`audience.engines.member_rows`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import tantivy

from audience.engines.account_places import AccountWriter
from audience.engines.base import FACET_FIELDS, LOOKUP_FIELDS, TERM_FIELD
from audience.engines.member_rows import RowWriter
from audience.engines.person_values import PersonWriter
from audience.engines.tantivy_files import COLUMNS
from audience.engines.tantivy_values import ValueWriter

TERMS = "terms"
_LISTS = (*FACET_FIELDS, TERM_FIELD, *LOOKUP_FIELDS)
LISTABLE, UID_BLOCK, UID_PLACE = "listable", "uid_block", "uid_place"
# Each exact value begins with its field's letter. The order is that of the index: a change needs another LAYOUT.
_LETTERS = {
    name: chr(ord("A") + place) for place, name in enumerate((*_LISTS, LISTABLE, UID_BLOCK, UID_PLACE))
}
BLOCK = 1024  # uids of a block
_SPLIT = "split"
_SPACES = r"[ \t\n\r\x0c]"
_HARD_SPACE = "\u00a0"
_BETWEEN = "\x1f"
# A thread's share holds a segment of about half a million people: fewer segments answer faster.
_HEAP, _THREADS = 2 << 30, 2
# Between the words of two accounts of a person: a word that no segmenter gives, so that no phrase crosses it.
_BREAK = "\ue000"
# Orders by a number, the highest first, then by standing: packed into one number so that the engine sorts by both.
PACKED = {"last_active": "by_last_active", "followers": "by_followers"}
_TOP = (1 << 32) - 1
_UNSIGNED = ("uid", "influence", "cell", "mark")


def term(field: str, value: str) -> str:
    """An exact value as it is indexed: its own spaces would split it, so they are hard ones."""
    return _LETTERS[field] + re.sub(_SPACES, _HARD_SPACE, value)


def packed(key: int, uid: int) -> int:
    """A place in one of the PACKED orders: smaller comes first; ``key`` -1 is unknown and comes last."""
    rank = _TOP if key < 0 else _TOP - 1 - min(key, _TOP - 1)
    return rank << 32 | uid


def unpacked(place: int) -> int:
    """The uid of a place."""
    return place & _TOP


def between(low: int | None, high: int | None) -> tuple[int | None, int]:
    """The first and last place in a PACKED order of those whose number is known and lies between ``low`` and ``high``."""
    return None if high is None else packed(high, 0), packed(max(0, low or 0), _TOP)


def schema() -> tantivy.Schema:
    """The index's fields: exact terms for all conditions, columns of numbers for facets and order."""
    builder = tantivy.SchemaBuilder()
    for name in (*_UNSIGNED, *PACKED.values(), *COLUMNS):  # nobody looks up one number
        builder.add_unsigned_field(name, indexed=False, fast=True)
    builder.add_text_field(TERMS, tokenizer_name=_SPLIT, index_option="basic")
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
    writer = index.writer(heap_size=_HEAP, num_threads=_THREADS)
    values, accounts = ValueWriter(), AccountWriter()
    try:
        with RowWriter(folder) as rows, PersonWriter(folder) as people:
            for batch in batches:
                codes = {column: values.codes(batch, column) for column in COLUMNS}
                rows.add(batch["row"])
                people.add(codes)
                accounts.add(batch["uid"], batch["account"])
                for document in _documents(batch, codes.values()).to_list():
                    writer.add_json(document)
        values.write(folder)
        accounts.write(folder)
        writer.commit()
    except BaseException:
        writer.rollback()
        raise
    finally:
        # The writer's threads hold the folder: they must have ended before anybody removes it.
        writer.wait_merging_threads()
    return rows.written


def _documents(batch: pl.DataFrame, codes: Iterable[pl.Series]) -> pl.Series:
    """One JSON text a person. A number that may be absent stands in a list: null is refused."""
    return batch.select(
        pl.struct(
            *("uid", "cell", "mark"),
            pl.concat_list("influence").list.drop_nulls(),
            *(_place(key).alias(name) for key, name in PACKED.items()),
            *codes,
            _terms().alias(TERMS),
            pl.col("words").list.join(f" {_BREAK} "),
        ).struct.json_encode()
    ).to_series()


def _terms() -> pl.Expr:
    """:func:`term` of all exact values of a person, joined by spaces."""
    listable = pl.when("listable").then(pl.lit(_LETTERS[LISTABLE]))
    block = _LETTERS[UID_BLOCK] + (pl.col("uid") // BLOCK).cast(pl.String)
    place = _LETTERS[UID_PLACE] + (pl.col("uid") % BLOCK).cast(pl.String)
    lists = (
        pl.when(pl.col(name).list.len() > 0).then(
            _LETTERS[name] + pl.col(name).list.join(_BETWEEN + _LETTERS[name])
        )
        for name in _LISTS
    )
    joined = pl.concat_str([block, place, listable, *lists], separator=_BETWEEN, ignore_nulls=True)
    return joined.str.replace_all(_SPACES, _HARD_SPACE).str.replace_all(_BETWEEN, " ", literal=True)


def _place(key: str) -> pl.Expr:
    """:func:`packed`, over a column."""
    known = pl.lit(_TOP - 1, pl.UInt64) - pl.col(key).clip(0, _TOP - 1).cast(pl.UInt64)
    rank = known.fill_null(pl.lit(_TOP, pl.UInt64))
    return rank * pl.lit(1 << 32, pl.UInt64) + pl.col("uid").cast(pl.UInt64)
