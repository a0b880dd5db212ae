"""How likely one account passes on what another says, learnt from repost history."""

from __future__ import annotations

import polars as pl

SCHEMA = {"source": pl.String, "target": pl.String, "chance": pl.Float64, "reposts": pl.Int64}
_PRIOR_POSTS = 20.0  # how many posts without news of a pair its prior counts for


def learn(
    follows: pl.DataFrame, reposts: pl.DataFrame, posts: pl.DataFrame, prior_posts: float = _PRIOR_POSTS
) -> pl.DataFrame:
    """The chance that ``target`` reposts a post of ``source``: one row a follow or a pair that ever reposted.

    ``follows``: src, dst (src follows dst); ``reposts``: src, dst (src reposted a post of dst), a row a repost;
    ``posts``: account_id, posts (how many each wrote). The Bernoulli estimate of A. Goyal, F. Bonchi and L. Lakshmanan,
    "Learning Influence Probabilities in Social Networks", WSDM 2010 (reposts over posts), drawn toward the mean of all
    pairs as if that had been seen over ``prior_posts`` posts, so that one repost of one post is not certainty and a
    quiet pair not impossible. A source without posts gets that mean. Self loops are left out.
    """
    counted = (
        reposts.filter(pl.col("src") != pl.col("dst"))
        .group_by("src", "dst")
        .agg(pl.len().cast(pl.Int64).alias("reposts"))
    )
    pairs = (
        follows.select("src", "dst")
        .filter(pl.col("src") != pl.col("dst"))
        .unique()
        .join(counted, on=["src", "dst"], how="full", coalesce=True)
        .with_columns(pl.col("reposts").fill_null(0))
        .join(posts.select(pl.col("account_id").alias("dst"), "posts"), on="dst", how="left")
        .with_columns(pl.max_horizontal(pl.col("posts").fill_null(0), "reposts").alias("posts"))
    )
    seen = pairs.select(pl.col("reposts").sum(), pl.col("posts").sum()).row(0)
    mean = seen[0] / seen[1] if pairs.height and seen[1] else 0.0
    return (
        pairs.with_columns(
            ((pl.col("reposts") + prior_posts * mean) / (pl.col("posts") + prior_posts)).alias("chance")
        )
        .select(pl.col("dst").alias("source"), pl.col("src").alias("target"), "chance", "reposts")
        .sort("source", "target")
        .cast(SCHEMA)  # type: ignore[arg-type]
    )
