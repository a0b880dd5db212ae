"""Who is listened to: the ``influence`` and ``tag_influence`` tables."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from graph.amplification import amplification
from graph.influence import influence
from graph.listening import listening
from graph.topical import topical_influence

BOT_TRUST = 0.1  # how much of a bot's listening counts


def trust_table(accounts: pl.DataFrame, annotations: pl.DataFrame) -> pl.DataFrame:
    """account_id, trust (0 to 1): how much an account's listening counts; less for bots and for those who write spam."""
    spam = annotations.group_by("account_id").agg(pl.col("spam").mean())
    kinds = accounts.select(pl.col("id").alias("account_id"), "kind")
    return (
        kinds.join(spam, on="account_id", how="full", coalesce=True)
        .select(
            "account_id",
            trust=(1.0 - pl.col("spam").fill_null(0.0).fill_nan(0.0))
            * pl.when(pl.col("kind") == "bot").then(BOT_TRUST).otherwise(1.0),
        )
        .sort("account_id")
    )


def influence_table(
    edges: pl.DataFrame, posts: pl.DataFrame, accounts: pl.DataFrame, trust: pl.DataFrame, as_of: datetime
) -> pl.DataFrame:
    """The ``influence`` table. ``posts``: account_id, kind, reposts; ``accounts``: id, followers_count."""
    ranks = influence(edges, as_of=as_of, trust=trust)
    own = posts.filter(pl.col("kind") != "repost").select("account_id", "reposts")
    stated = accounts.select(pl.col("id").alias("account_id"), pl.col("followers_count").alias("followers"))
    beyond = amplification(own, stated).select(
        "account_id", "median_reposts", "expected_reposts", "amplification"
    )
    return ranks.join(beyond, on="account_id", how="left").sort("account_id")


def tag_influence_table(
    edges: pl.DataFrame,
    levels: pl.DataFrame,
    annotations: pl.DataFrame,
    trust: pl.DataFrame,
    as_of: datetime,
) -> pl.DataFrame:
    """The ``tag_influence`` table: by interest, the accounts that have it by who listens to them on it."""
    written = annotations.group_by("account_id").agg(pl.len().cast(pl.Int64).alias("posts"))
    interests = levels.select("account_id", "tag", pl.col("weight").cast(pl.Float64))
    return topical_influence(listening(edges, as_of, trust=trust), interests, written)
