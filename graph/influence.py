"""Who is listened to: PageRank over follows and recent mentions, replies and reposts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import polars as pl

from graph.csr import CsrGraph
from graph.numbering import Ids
from graph.pagerank import pagerank

# What one edge of a kind says about being listened to, before decay; a follow is standing consent.
KIND_WEIGHTS: Mapping[str, float] = {"follow": 1.0, "repost": 0.5, "mention": 0.3, "reply": 0.2}

SCHEMA = {
    "account_id": pl.String,
    "pagerank": pl.Float64,
    "percentile": pl.Int32,
    "followers": pl.Int64,
}


def influence(
    edges: pl.DataFrame,
    accounts: Ids | None = None,
    *,
    as_of: datetime,
    half_life_days: float = 90.0,
) -> pl.DataFrame:
    """Score every account that the graph knows, most influential first.

    `edges` has src, dst, kind and at (UTC). A follow weighs 1 whatever its age (its time is only when it was
    collected); a mention, reply or repost halves every `half_life_days` before `as_of`; later edges and
    self loops are left out. Repeats between two accounts (of a follow there are none) add up by square root, so that one loud fan is
    not a crowd. `accounts` adds accounts without edges. `percentile` (0 to 100) is the share of accounts
    that rank strictly lower; `followers` counts distinct following accounts.
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
        .filter(pl.col("weight") > 0)
        .sort("src", "dst")
    )
    graph = CsrGraph.from_edges(pairs["src"], pairs["dst"], pairs["weight"], nodes=accounts)
    if not len(graph):
        return pl.DataFrame(schema=SCHEMA)
    rank = pagerank(graph.incoming, graph.weights("weight"), tol=1e-9 / len(graph), max_iter=500)
    # Equal accounts differ in the last bits by the order of additions: ties are made before they are ranked.
    rounded = np.round(rank * len(graph), 9)
    below = np.searchsorted(np.sort(rounded), rounded, side="left")
    percentile = np.minimum(below * 100 // max(len(graph) - 1, 1), 100)
    follows = used.filter(pl.col("kind") == "follow").group_by("dst").agg(followers=pl.col("src").n_unique())
    scored = pl.DataFrame(
        {
            "account_id": pl.Series(graph.labels, dtype=pl.String),
            "pagerank": rank,
            "percentile": percentile.astype(np.int32),
        }
    )
    return (
        scored.join(follows, left_on="account_id", right_on="dst", how="left")
        .with_columns(pl.col("followers").fill_null(0).cast(pl.Int64))
        .sort("pagerank", "account_id", descending=[True, False])
        .select(SCHEMA.keys())
        .cast(SCHEMA)  # type: ignore[arg-type]
    )
