"""Who listens to whom, and how much: follows and interactions as one weighted edge a pair."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import polars as pl

# What one edge of a kind says about being listened to, before decay; a follow is standing consent.
KIND_WEIGHTS: Mapping[str, float] = {"follow": 1.0, "repost": 0.5, "mention": 0.3, "reply": 0.2}

HALF_LIFE_DAYS = 90.0


def listening(
    edges: pl.DataFrame,
    as_of: datetime,
    half_life_days: float = HALF_LIFE_DAYS,
    trust: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """src, dst, weight: one row for every two accounts of which src listens to dst, sorted.

    ``edges``: src, dst, kind, at (UTC). A follow weighs 1 whatever its age; a mention, reply or repost halves every
    ``half_life_days`` before ``as_of``; later ones and self loops are left out. Repeats add up by square root, so that
    one loud fan is not a crowd. ``trust`` (account_id, trust from 0 to 1) scales what an account's listening counts:
    that of bots and spammers little; who isn't in it counts whole.
    """
    used = edges.filter(
        (pl.col("src") != pl.col("dst")) & ((pl.col("kind") == "follow") | (pl.col("at") <= as_of))
    )
    age = (pl.lit(as_of) - pl.col("at")).dt.total_seconds() / 86400.0
    decay = (
        pl.when(pl.col("kind") == "follow").then(1.0).otherwise((-(age / half_life_days) * np.log(2.0)).exp())
    )
    strength = pl.col("kind").replace_strict(dict(KIND_WEIGHTS), default=0.0, return_dtype=pl.Float64)
    pairs = (
        used.select("src", "dst", "kind", weight=strength * decay)
        .group_by("src", "dst", "kind")
        .agg(
            pl.when(pl.col("kind").first() == "follow")
            .then(pl.col("weight").max())
            .otherwise(pl.col("weight").sum())
        )
        .group_by("src", "dst")
        .agg(pl.col("weight").sum().sqrt())
    )
    if trust is not None:
        known = trust.select(pl.col("account_id").alias("src"), "trust")
        pairs = pairs.join(known, on="src", how="left").select(
            "src", "dst", pl.col("weight") * pl.col("trust").fill_null(1.0).clip(0.0, 1.0)
        )
    return pairs.filter(pl.col("weight") > 0).sort("src", "dst")
