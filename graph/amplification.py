"""How far an account's posts are passed on, beside what its follower count would lead one to expect."""

from __future__ import annotations

import numpy as np
import polars as pl
from sklearn.isotonic import IsotonicRegression

LEAST_POSTS = 5
_HALF = 0.5  # added to both, so that nothing is divided by zero and one repost is not a wonder

SCHEMA = {
    "account_id": pl.String,
    "posts": pl.Int64,
    "median_reposts": pl.Float64,
    "expected_reposts": pl.Float64,
    "amplification": pl.Float64,
}


def amplification(
    posts: pl.DataFrame, followers: pl.DataFrame, least_posts: int = LEAST_POSTS
) -> pl.DataFrame:
    """Median reposts a post against those of accounts with as many followers; 1 is as expected.

    ``posts``: account_id, reposts (a row an own post; null where the source doesn't say); ``followers``: account_id,
    followers. Expected is the isotonic regression (R. Barlow et al., 1972) of the logarithm of the median on that of the
    followers: more followers never lead one to expect fewer. Accounts with fewer than ``least_posts`` posts that say, or
    without a known number of followers, are left out: unknown, not 0.
    """
    known = (
        posts.drop_nulls("reposts")
        .group_by("account_id")
        .agg(pl.len().cast(pl.Int64).alias("posts"), pl.col("reposts").median().alias("median_reposts"))
        .filter(pl.col("posts") >= least_posts)
        .join(followers.drop_nulls("followers"), on="account_id")
        .sort("account_id")
    )
    if known.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    reach = np.log1p(known["followers"].to_numpy().astype(np.float64))
    passed_on = np.log1p(known["median_reposts"].to_numpy())
    expected = np.expm1(IsotonicRegression().fit(reach, passed_on).predict(reach))
    return (
        known.with_columns(pl.Series("expected_reposts", expected))
        .with_columns(
            ((pl.col("median_reposts") + _HALF) / (pl.col("expected_reposts") + _HALF)).alias("amplification")
        )
        .select(SCHEMA.keys())
        .cast(SCHEMA)  # type: ignore[arg-type]
    )
