"""Text through the gate: redacted and without names, column by column.

A regular expression in Polars picks the texts that might change; only these go through ``privacy``, which decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from lake.columns import DIRT
from privacy.mentions import Mentions
from privacy.redact import SUSPECT, redact_all

Own = Mapping[int, Mapping[str, str]]


def free_of_names(column: pl.Series, mentions: Mentions, own: Own | None = None) -> pl.Series:
    """The texts without contact data and names; ``own`` has, by place, the handles of a row's own mention list."""
    suspects = column.str.contains(_suspect(mentions)).fill_null(False)
    places = suspects.arg_true().to_list()
    if not places:
        return column
    lists = [own.get(place) for place in places] if own else None
    return put(column, suspects, mentions.replace_all(redact_all(column.filter(suspects).to_list()), lists))


def lists_free_of_names(column: pl.Series, mentions: Mentions, strip: str = " ") -> pl.Series:
    """Lists of words, each cleaned like a text and stripped; empty words are left out, absent lists stay absent."""
    word = pl.element()
    if column.null_count() == len(column):
        return column
    column = column.list.eval(word.str.replace_all(DIRT, "").str.strip_chars(strip))
    suspects = column.list.eval(word.str.contains(_suspect(mentions))).list.any().fill_null(False)
    if suspects.any():
        lists = column.filter(suspects).to_list()
        column = put(column, suspects, [mentions.replace_all(redact_all(words)) for words in lists])
    return column.list.eval(word.filter(word != ""))


def _suspect(mentions: Mentions) -> str:
    return f"{SUSPECT}|{mentions.suspect}"


def put(column: pl.Series, where: pl.Series, values: Sequence[object]) -> pl.Series:
    """The column with other values in the places where ``where`` is true, in their order."""
    found = pl.Series(values, dtype=column.dtype)
    number = where.cast(pl.Int64).cum_sum() - 1
    moved = found.gather(number.clip(0))
    return pl.select(pl.when(where).then(moved).otherwise(column).alias(column.name)).to_series()
