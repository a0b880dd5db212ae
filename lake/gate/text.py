"""Text through the gate: redacted and without names, column by column.

A regular expression in Polars picks the texts that might change; only these go through ``privacy``, which decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from lake.columns import DIRT, MAX_TEXT
from privacy.mentions import Mentions
from privacy.redact import SUSPECT, redact_all

Own = Mapping[int, Mapping[str, str]]
_MAX_OCTETS = 4 * MAX_TEXT


def free_of_contacts(column: pl.Series, mentions: Mentions) -> tuple[pl.Series, pl.Series]:
    """The texts without control characters and contact data, and which of them may name people.

    What is empty then is absent. A text that is longer than any that is kept stays as it is, to be refused.
    """
    nothing = pl.Series([False]).new_from_index(0, len(column))
    if column.null_count() == len(column):
        return column, nothing
    text = pl.col(column.name)
    found = text.str.contains(_suspect(mentions)) & (text.str.len_bytes() <= _MAX_OCTETS)
    suspect = column.to_frame().select(found.fill_null(False)).to_series()
    if not suspect.any():
        return column, nothing
    texts = column.filter(suspect).str.replace_all(DIRT, "")
    texts = _changed(texts, texts.str.contains(SUSPECT), redact_all)
    naming = put(nothing, suspect, texts.str.contains(mentions.suspect))
    return put(column, suspect, texts.set(texts == "", None)), naming


def free_of_names(
    column: pl.Series, mentions: Mentions, own: Own | None = None, naming: pl.Series | None = None
) -> pl.Series:
    """The texts without control characters, contact data and names; what is empty then is absent.

    ``own`` has, by place, the handles of a row's own mention list. Where the column is ``free_of_contacts`` already,
    ``naming`` says which of the texts may name people.
    """
    if column.null_count() == len(column):
        return column
    if naming is None:
        column, naming = free_of_contacts(column, mentions)
    lists = [own.get(place) for place in naming.arg_true()] if own else None
    return _changed(column, naming, lambda some: mentions.replace_all(some, lists))


def lists_free_of_names(column: pl.Series, mentions: Mentions, strip: str = " ") -> pl.Series:
    """Lists of words, each cleaned like a text and stripped; empty words are left out, absent lists stay absent."""
    word = pl.element()
    if column.null_count() == len(column):
        return column
    column = column.list.eval(word.str.replace_all(DIRT, "").str.strip_chars(strip))
    some = pl.col(column.name).list.eval(word.str.contains(_suspect(mentions))).list.any()
    suspect = column.to_frame().select(some).to_series()
    column = _changed(
        column, suspect, lambda lists: [mentions.replace_all(redact_all(words)) for words in lists]
    )
    return column.list.eval(word.filter(word != ""))


def _suspect(mentions: Mentions) -> str:
    return f"{DIRT}|{SUSPECT}|{mentions.suspect}"


def _changed(
    column: pl.Series, where: pl.Series, change: Callable[[list[Any]], Sequence[object]]
) -> pl.Series:
    """The column with the values changed where ``where`` is true."""
    if not where.any():
        return column
    where = where.fill_null(False)
    return put(column, where, change(column.filter(where).to_list()))


def put(column: pl.Series, where: pl.Series, values: Sequence[object] | pl.Series) -> pl.Series:
    """The column with other values in the places where ``where`` is true, in their order."""
    found = pl.Series(values, dtype=column.dtype)
    if not column.dtype.is_nested():  # the other texts stay where they lie in memory
        return column.clone().scatter(where.arg_true(), found)
    number = where.cast(pl.Int64).cum_sum() - 1
    moved = found.gather(number.clip(0))
    return pl.select(pl.when(where).then(moved).otherwise(column).alias(column.name)).to_series()
