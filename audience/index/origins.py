"""Where the facts of people are from, over columns of profiles and persons."""

from __future__ import annotations

import polars as pl

from audience.index.facts import FACTS, TOUCHPOINTS

_READ = pl.Struct({fact.column: pl.String for fact in FACTS})


def origin_of(column: str) -> pl.Expr:
    """What ``origins`` (a JSON text) says of one column; null where it says nothing."""
    return pl.col("origins").str.json_decode(_READ).struct.field(column)


def told(people: pl.DataFrame) -> pl.Series:
    """A list a person: the facts that touchpoints told, as ``gender:f``."""
    read = people["origins"].str.json_decode(_READ).struct
    facts = (
        pl.when(read.field(fact.column).fill_null(fact.usual) == TOUCHPOINTS).then(
            f"{fact.field}:" + pl.col(fact.column)
        )
        for fact in FACTS
    )
    return people.select(pl.concat_list(*facts).list.drop_nulls()).to_series()
