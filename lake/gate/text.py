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


def free_of_names(column: pl.Series, mentions: Mentions, own: Own | None = None) -> pl.Series:
    """The texts without contact data and names; ``own`` has, by place, the handles of a row's own mention list."""
    column = _changed(column, column.str.contains(SUSPECT), redact_all)
    naming = column.str.contains(mentions.suspect).fill_null(False)
    lists = [own.get(place) for place in naming.arg_true()] if own else None
    return _changed(column, naming, lambda texts: mentions.replace_all(texts, lists))


def lists_free_of_names(column: pl.Series, mentions: Mentions, strip: str = " ") -> pl.Series:
    """Lists of words, each cleaned like a text and stripped; empty words are left out, absent lists stay absent."""
    word = pl.element()
    if column.null_count() == len(column):
        return column
    column = column.list.eval(word.str.replace_all(DIRT, "").str.strip_chars(strip))
    suspect = column.list.eval(word.str.contains(f"{SUSPECT}|{mentions.suspect}")).list.any()
    column = _changed(
        column, suspect, lambda lists: [mentions.replace_all(redact_all(words)) for words in lists]
    )
    return column.list.eval(word.filter(word != ""))


def _changed(
    column: pl.Series, where: pl.Series, change: Callable[[list[Any]], Sequence[object]]
) -> pl.Series:
    """The column with the values changed where ``where`` is true."""
    where = where.fill_null(False)
    return put(column, where, change(column.filter(where).to_list())) if where.any() else column


def put(column: pl.Series, where: pl.Series, values: Sequence[object]) -> pl.Series:
    """The column with other values in the places where ``where`` is true, in their order."""
    found = pl.Series(values, dtype=column.dtype)
    number = where.cast(pl.Int64).cum_sum() - 1
    moved = found.gather(number.clip(0))
    return pl.select(pl.when(where).then(moved).otherwise(column).alias(column.name)).to_series()
