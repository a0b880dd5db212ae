"""Text through the gate: redacted and without names, column by column.

A regular expression in Polars picks the texts that might change; only these go through ``privacy``, which decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from lake.columns import DIRT
from privacy.mentions import Mentions
from privacy.redact import SUSPECT, redact_all

Own = Mapping[int, Mapping[str, str]]


def suspects(column: pl.Series, mentions: Mentions) -> pl.Series:
    """Which of the texts may have to change."""
    return column.str.contains(_suspect(mentions)).fill_null(False)


def free_of_names(
    column: pl.Series, mentions: Mentions, own: Own | None = None, suspect: pl.Series | None = None
) -> pl.Series:
    """The texts without control characters, contact data and names; what is empty then is absent.

    ``own`` has, by place, the handles of a row's own mention list; ``suspect`` are the column's ``suspects``.
    """
    if column.null_count() == len(column):
        return column
    if suspect is None:
        suspect = suspects(column, mentions)
    if not suspect.any():
        return column
    texts = column.filter(suspect).str.replace_all(DIRT, "")
    texts = _changed(texts, texts.str.contains(SUSPECT), redact_all)
    naming = texts.str.contains(mentions.suspect)
    lists = [own.get(place) for place in suspect.arg_true().filter(naming)] if own else None
    texts = _changed(texts, naming, lambda some: mentions.replace_all(some, lists))
    return put(column, suspect, texts.set(texts == "", None))


def lists_free_of_names(column: pl.Series, mentions: Mentions, strip: str = " ") -> pl.Series:
    """Lists of words, each cleaned like a text and stripped; empty words are left out, absent lists stay absent."""
    word = pl.element()
    if column.null_count() == len(column):
        return column
    column = column.list.eval(word.str.replace_all(DIRT, "").str.strip_chars(strip))
    suspect = column.list.eval(word.str.contains(_suspect(mentions))).list.any()
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
    where = where.fill_null(False)
    return put(column, where, change(column.filter(where).to_list())) if where.any() else column


def put(column: pl.Series, where: pl.Series, values: Sequence[object] | pl.Series) -> pl.Series:
    """The column with other values in the places where ``where`` is true, in their order."""
    found = pl.Series(values, dtype=column.dtype)
    number = where.cast(pl.Int64).cum_sum() - 1
    moved = found.gather(number.clip(0))
    return pl.select(pl.when(where).then(moved).otherwise(column).alias(column.name)).to_series()
