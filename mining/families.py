"""What an account's posts show beside interests: benefits sought, style, intents and brands, with the posts behind."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from nlp.strength import EVIDENCE, SPAM

INTENT_DAYS = 90
LEAST_POSTS = 2  # one post alone makes no habit
_LISTS = {"benefit": "benefits", "style": "styles"}


def shown_families(annotations: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """account_id, intents, benefits, styles, brands, grounds: the columns of ``profiles``, null where nothing shows.

    Spam counts for nothing. Intents are of the last 90 days; benefits and styles need two posts; a brand's sentiment is
    the mean over the posts that speak of it.
    """
    own = annotations.filter((pl.col("spam").fill_null(0.0) < SPAM) & (pl.col("created_at") <= pl.lit(as_of)))
    signs = pl.concat([_intents(own, as_of), *(_listed(own, name) for name in _LISTS), _brands(own)])
    keys = ["account_id", "field", "value"]
    counted = signs.group_by(keys).agg(
        pl.len().cast(pl.Int32).alias("posts"), pl.col("sentiment").mean().round(4)
    )
    needs = pl.when(pl.col("field").is_in(list(_LISTS))).then(LEAST_POSTS).otherwise(1)
    kept = counted.filter(pl.col("posts") >= needs).join(_evidence(signs), on=keys, how="left")
    kept = kept.with_columns(pl.col("evidence").fill_null([])).sort(
        ["account_id", "field", "posts", "value"], descending=[False, False, True, False]
    )
    of = pl.col("field")
    return kept.group_by("account_id", maintain_order=True).agg(
        pl.col("value").filter(of == "intent").sort().alias("intents"),
        *(pl.col("value").filter(of == name).alias(column) for name, column in _LISTS.items()),
        pl.struct(pl.col("value").alias("brand"), "posts", "sentiment").filter(of == "brand").alias("brands"),
        pl.struct("field", "value", "posts", "evidence").alias("grounds"),
    )


def _signs(posts: pl.DataFrame, field: str, sentiment: pl.Expr | None = None) -> pl.DataFrame:
    return posts.select(
        "account_id",
        "post_id",
        "created_at",
        "searchable",
        pl.lit(field).alias("field"),
        pl.col("value").cast(pl.String),
        (pl.lit(None) if sentiment is None else sentiment).cast(pl.Float64).alias("sentiment"),
    )


def _intents(own: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    recent = own.filter(pl.col("created_at") > pl.lit(as_of - timedelta(days=INTENT_DAYS)))
    return _signs(recent.drop_nulls("intent").with_columns(pl.col("intent").alias("value")), "intent")


def _listed(own: pl.DataFrame, field: str) -> pl.DataFrame:
    column = _LISTS[field]
    filled = own.filter(pl.col(column).list.len() > 0)
    return _signs(filled.with_columns(pl.col(column).alias("value")).explode("value"), field)


def _brands(own: pl.DataFrame) -> pl.DataFrame:
    filled = own.filter(pl.col("brands").list.len() > 0).explode("brands", "sentiments")
    return _signs(filled.with_columns(pl.col("brands").alias("value")), "brand", pl.col("sentiments"))


def _evidence(signs: pl.DataFrame) -> pl.DataFrame:
    """The latest searchable posts of each sign; of a brand those that say most."""
    keys = ["account_id", "field", "value"]
    return (
        signs.filter("searchable")
        .with_columns(pl.col("sentiment").abs().fill_null(0.0).alias("said"))
        .sort([*keys, "said", "created_at", "post_id"], descending=[False, False, False, True, True, False])
        .group_by(keys, maintain_order=True)
        .agg(pl.col("post_id").head(EVIDENCE).alias("evidence"))
    )
