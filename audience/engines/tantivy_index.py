"""Writing an embedded index, persons in batches into a folder of its own: words by Tantivy, the rest beside it.

Tantivy holds the words of recent posts, with their places, and each person's ``uid``: what phrases and relevance take. Who
has an exact value or a word at all are bitmaps (:mod:`audience.engines.terms`), numbers and facet values columns
(:mod:`audience.engines.person_numbers`, :mod:`audience.engines.person_values`), member rows lines
(:mod:`audience.engines.member_rows`), and accounts a list (:mod:`audience.engines.account_places`).
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import tantivy

from audience.engines.account_places import AccountWriter
from audience.engines.member_rows import RowWriter
from audience.engines.person_numbers import NumberWriter
from audience.engines.person_values import PersonWriter
from audience.engines.tantivy_values import ValueWriter
from audience.engines.term_writer import TermWriter
from audience.engines.terms import FIELDS, LISTABLE, WORD
from audience.engines.vectors import kept

WORDS, PLACE = "words", "place"
UID = "uid"
# A uid is two words that others share, its block and its place there: a million words of one person each slow all others.
BLOCK = 1024
_SPLIT = "split"
# A thread's share holds a segment of some half a million people; of twice as much, clearing it takes longer than it saves.
_HEAP, _THREADS = 1 << 30, 2
# Between the words of two accounts of a person: a word that no segmenter gives, so that no phrase crosses it.
_BREAK = "\ue000"


def schema() -> tantivy.Schema:
    """The index's fields."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(UID, indexed=False, fast=True)
    builder.add_text_field(PLACE, tokenizer_name=_SPLIT, index_option="basic")
    builder.add_text_field(WORDS, tokenizer_name=_SPLIT)
    return builder.build()


def register(index: tantivy.Index) -> None:
    """Teach an opened index how its words are split."""
    index.register_tokenizer(_SPLIT, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def block_word(block: int) -> str:
    """The word of a block of uids."""
    return f"B{block}"


def place_word(place: int) -> str:
    """The word of a place in a block."""
    return f"P{place}"


def write_index(folder: Path, batches: Iterable[pl.DataFrame]) -> int:
    """Write the batches of ``audience.index.people.person_batches`` into an empty folder; returns the number of persons.

    Either all of it is there, or the folder is of no use: without one of the files it does not open.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = tantivy.Index(schema(), path=str(folder), reuse=False)
    register(index)
    writer = index.writer(heap_size=_HEAP, num_threads=_THREADS)
    values, accounts, numbers = ValueWriter(FIELDS), AccountWriter(), NumberWriter()
    try:
        with ThreadPoolExecutor(1, "commit") as side, ExitStack() as open_files:
            rows = open_files.enter_context(RowWriter(folder))
            people = open_files.enter_context(PersonWriter(folder))
            terms = open_files.enter_context(TermWriter(folder, FIELDS, values.values))
            for batch in kept(folder, batches):
                for document in _documents(batch):
                    writer.add_json(document)
                numbered = {lists.name: values.numbered(lists) for lists in _lists(batch)}
                people.add(numbered)
                terms.add(numbered)
                rows.add(batch["row"])
                numbers.add(batch)
                accounts.add(batch["uid"], batch["account"])
            committed = side.submit(writer.commit)
        values.write(folder)
        numbers.write(folder)
        accounts.write(folder)
        committed.result()
    except BaseException:
        writer.rollback()
        raise
    finally:
        # The writer's threads hold the folder: they must have ended before anybody removes it.
        writer.wait_merging_threads()
    return rows.written


def _documents(batch: pl.DataFrame) -> list[str]:
    """One JSON text a person."""
    block = pl.lit(block_word(0)[0]) + (pl.col(UID) // BLOCK).cast(pl.String)
    place = pl.lit(place_word(0)[0]) + (pl.col(UID) % BLOCK).cast(pl.String)
    return (
        batch.select(
            pl.struct(
                UID,
                pl.concat_str([block, place], separator=" ").alias(PLACE),
                pl.col("words").list.join(f" {_BREAK} ").alias(WORDS),
            ).struct.json_encode()
        )
        .to_series()
        .to_list()
    )


def _lists(batch: pl.DataFrame) -> list[pl.Series]:
    """The exact values of each person, a list a person for each of FIELDS; a word may stand in it more than once."""
    listable = (
        pl.when("listable").then(pl.lit([""], pl.List(pl.String))).otherwise(pl.lit([], pl.List(pl.String)))
    )
    words = pl.col("words").list.join(" ").str.split(" ")
    made = {LISTABLE: listable, WORD: words}
    return batch.select(made.get(name, pl.col(name)).alias(name) for name in FIELDS).get_columns()
