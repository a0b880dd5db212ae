"""Counting who hears of something, not only who passes it on."""

from __future__ import annotations

import polars as pl

HEARD = "~"  # ends the id of the node that stands for "this person has heard of it"


def with_hearers(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs (source, target, chance), with a node a person that is reached when they hear of it.

    Somebody hears of it when one they listen to passes it on, or when they are told themselves, so these edges always
    carry; nothing leads out of the new nodes. Under independent cascade the spread that counts them alone is the number
    of people who hear. Ids must not end with ``HEARD``.
    """
    people = pl.concat([pairs["source"], pairs["target"]]).unique().alias("source").to_frame()
    hears = pl.concat([pairs.select("source", "target"), people.select("source", target="source")])
    return pl.concat(
        [
            pairs.select("source", "target", pl.col("chance").cast(pl.Float64)),
            hears.unique().select("source", pl.col("target") + HEARD, chance=pl.lit(1.0)),
        ]
    )


def equal_chances(follows: pl.DataFrame) -> pl.DataFrame:
    """source, target, chance of src, dst: everybody hears equally from all whom they follow (weighted cascade)."""
    pairs = follows.filter(pl.col("src") != pl.col("dst")).select(source="dst", target="src").unique()
    return pairs.with_columns((1.0 / pl.len().over("target")).alias("chance")).sort("source", "target")
