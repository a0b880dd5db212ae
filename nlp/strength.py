"""From tagged posts to an account's interests: does the evidence exceed passing talk, and how strong is it today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import gammainc

from nlp.decay import HALF_LIFE_DAYS

SPAM = 0.7  # posts at or over this count for nothing
DEFAULT_BACKGROUND = 0.002  # mass a post on a tag, where no tag model tells
LEAST_MASS = 1.7  # posts' worth of evidence: two posts that are nearly sure
LEAST_POSTS = 2
CLEAR = 0.35  # a post at or over this probability is one of the distinct posts
CHANCE = 3e-3  # a tag is kept where background talk would give as much with less than this chance
EVIDENCE = 3
# Weight (decayed posts' worth) from which each level 2 to 10 begins; each step is about 1.5 times the last.
LEVELS = (1.0, 1.8, 2.8, 4.2, 6.3, 9.5, 14.0, 21.0, 32.0)

SCHEMA: dict[str, pl.DataType] = {
    "account_id": pl.String(),
    "tag": pl.String(),
    "level": pl.Int8(),
    "weight": pl.Float32(),
    "posts": pl.Int32(),
    "evidence": pl.List(pl.String()),
}


def account_levels(
    frame: pl.DataFrame,
    as_of: datetime,
    half_life_days: float = HALF_LIFE_DAYS,
    background: Mapping[str, float] | None = None,
) -> pl.DataFrame:
    """The tags that belong to each account, strongest first.

    ``frame`` holds one row a post: account_id, post_id, created_at (UTC), tags, tag_probs, spam, searchable; posts
    without tags too, since they tell how much an account writes. Posts after ``as_of`` are left out.
    ``background`` is ``TagModel.background``. An account's rows depend on its own posts only.

    A tag is kept where its evidence (the sum of probabilities over posts) reaches two posts' worth from two distinct
    posts and would hardly come of passing talk: under a Poisson law at the background rate, for as many posts as the
    account wrote, the chance is under 0.3 %. Age does not take a tag away. ``weight`` is that sum with each post
    halved every ``half_life_days``, at the midnight (UTC) that ends the day of ``as_of``; ``level`` is 1 to 10 by
    weight; ``posts`` counts distinct posts; ``evidence`` holds up to three searchable post ids, surest and newest
    first. Sorted by account, then weight.
    """
    if half_life_days <= 0:
        raise ValueError("half_life_days must be positive")
    end = pl.lit(as_of).cast(pl.Datetime("us", "UTC"))
    posts = frame.filter((pl.col("created_at") <= end) & (pl.col("spam").fill_null(0.0) < SPAM)).with_columns(
        _age(end).alias("age")
    )
    written = posts.group_by("account_id").agg(pl.len().alias("written"))
    pairs = (
        posts.select("account_id", "post_id", "created_at", "searchable", "age", "tags", "tag_probs")
        .filter(pl.col("tags").list.len() > 0)
        .explode("tags", "tag_probs")
        .rename({"tags": "tag", "tag_probs": "p"})
        .with_columns(pl.col("p").cast(pl.Float64))
    )
    if pairs.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    decay = (-pl.col("age") * (np.log(2.0) / half_life_days)).exp()
    by_tag = pairs.group_by("account_id", "tag").agg(
        pl.col("p").sum().alias("mass"),
        (pl.col("p") * decay).sum().alias("weight"),
        (pl.col("p") >= CLEAR).sum().cast(pl.Int32).alias("posts"),
    )
    kept = by_tag.filter((pl.col("mass") >= LEAST_MASS) & (pl.col("posts") >= LEAST_POSTS)).join(
        written, on="account_id"
    )
    kept = kept.filter(pl.Series(_exceeds(kept, background), dtype=pl.Boolean))
    evidence = _evidence(pairs, kept)
    return (
        kept.join(evidence, on=["account_id", "tag"], how="left")
        .with_columns(_level(), pl.col("evidence").fill_null([]), pl.col("weight").cast(pl.Float32))
        .sort(["account_id", "weight", "tag"], descending=[False, True, False])
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    )


def _age(end: pl.Expr) -> pl.Expr:
    """Days from a post to the midnight that ends the reference day."""
    reference = end.dt.truncate("1d") + pl.duration(days=1)
    return (reference - pl.col("created_at")).dt.total_seconds() / 86_400.0


def _exceeds(kept: pl.DataFrame, background: Mapping[str, float] | None) -> NDArray[np.bool_]:
    rates = background or {}
    rate = np.array([rates.get(tag, DEFAULT_BACKGROUND) for tag in kept["tag"].to_list()], dtype=np.float64)
    expected = np.maximum(rate * kept["written"].to_numpy(), 1e-9)
    # P(Poisson(expected) >= mass), continued to broken counts by the incomplete gamma function.
    return np.asarray(gammainc(kept["mass"].to_numpy(), expected) < CHANCE)


def _level() -> pl.Expr:
    level = pl.lit(1, dtype=pl.Int8)
    for least in LEVELS:
        level = level + (pl.col("weight") >= least).cast(pl.Int8)
    return level.alias("level")


def _evidence(pairs: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    keys = ["account_id", "tag"]
    return (
        pairs.filter(pl.col("searchable") & (pl.col("p") >= CLEAR))
        .join(kept.select(keys), on=keys, how="semi")
        .with_columns(pl.col("p").round(1).alias("sure"))
        .sort([*keys, "sure", "created_at", "post_id"], descending=[False, False, True, True, False])
        .group_by(keys, maintain_order=True)
        .agg(pl.col("post_id").head(EVIDENCE).alias("evidence"))
    )
