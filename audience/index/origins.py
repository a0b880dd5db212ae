"""Where the facts of people are from, over columns of profiles and persons."""

from __future__ import annotations

import polars as pl

from audience.index.facts import FACTS, TOUCHPOINTS
from audience.index.lists import lists

_READ = pl.Struct({fact.column: pl.String for fact in FACTS})


def origin_of(column: str) -> pl.Expr:
    """What ``origins`` (a JSON text) says of one column; null where it says nothing."""
    return pl.col("origins").str.json_decode(_READ).struct.field(column)


def told(people: pl.DataFrame) -> pl.Series:
    """A list a person: the facts that touchpoints told, as ``gender:f``."""
    origins = _read(people["origins"])
    facts = people.select(
        pl.when(origins[fact.column].fill_null(fact.usual) == TOUCHPOINTS)
        .then(f"{fact.field}:" + pl.col(fact.column))
        .alias(fact.field)
        for fact in FACTS
    )
    texts = facts.select(pl.concat_arr(pl.all())).to_series().explode()
    lengths = facts.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    return lists(texts.drop_nulls(), lengths.to_numpy())


def _read(origins: pl.Series) -> pl.DataFrame:
    """What each of these JSON texts says: they are few, so each is read once."""
    distinct = pl.DataFrame({"text": origins.unique()})
    said = distinct.with_columns(pl.col("text").str.json_decode(_READ).alias("said")).unnest("said")
    texts = origins.alias("text").to_frame()
    return texts.join(said, on="text", how="left", nulls_equal=True, maintain_order="left")
