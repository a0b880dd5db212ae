"""Writing an embedded index, persons in batches into a folder of its own: words by Tantivy, the rest beside it.

Tantivy holds the words of recent posts, with their places, and each person's ``uid``: what phrases and relevance take
(:mod:`audience.engines.word_writer`). Who has an exact value or a word at all are bitmaps (:mod:`audience.engines.terms`),
numbers and facet values columns (:mod:`audience.engines.person_numbers`, :mod:`audience.engines.person_values`), member rows
lines (:mod:`audience.engines.member_rows`), and accounts a list (:mod:`audience.engines.account_places`).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import polars as pl

from audience.engines.account_places import AccountWriter
from audience.engines.member_rows import RowWriter
from audience.engines.person_numbers import NumberWriter
from audience.engines.person_writer import PersonWriter
from audience.engines.tantivy_values import ValueWriter
from audience.engines.term_writer import TermWriter
from audience.engines.terms import FIELDS, LISTABLE, WORD
from audience.engines.vectors import kept
from audience.engines.word_writer import WordWriter
from lake.ahead import read_ahead


def write_index(folder: Path, batches: Iterable[pl.DataFrame]) -> int:
    """Write the batches of ``audience.index.people.person_batches`` into an empty folder; returns the number of persons.

    Either all of it is there, or the folder is of no use: without one of the files it does not open. Batches are made, words
    handed to Tantivy, and lists of values turned into lists of people, each in a thread of its own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    values, accounts, numbers = ValueWriter(FIELDS), AccountWriter(), NumberWriter()
    with WordWriter(folder) as words, TermWriter(folder, FIELDS, values.values) as terms:
        with (
            RowWriter(folder) as rows,
            PersonWriter(folder, values.values) as people,
            closing(read_ahead(iter(batches), "persons")) as ahead,
        ):
            for batch in kept(folder, ahead):
                words.add(batch)
                numbered = {lists.name: values.numbered(lists) for lists in _lists(batch)}
                people.add(numbered)
                terms.add(numbered)
                rows.add(batch["row"])
                numbers.add(batch)
                accounts.add(batch["uid"], batch["account"])
            # While these go on, the files of the others are put on the disk.
            words.commit()
            terms.turn()
        values.write(folder)
        numbers.write(folder)
        accounts.write(folder)
    return rows.written


def _lists(batch: pl.DataFrame) -> list[pl.Series]:
    """The exact values of each person, a list a person for each of FIELDS; a word may stand in it more than once."""
    listable = (
        pl.when("listable").then(pl.lit([""], pl.List(pl.String))).otherwise(pl.lit([], pl.List(pl.String)))
    )
    words = pl.col("words").list.join(" ").str.split(" ")
    made = {LISTABLE: listable, WORD: words}
    return batch.select(made.get(name, pl.col(name)).alias(name) for name in FIELDS).get_columns()
