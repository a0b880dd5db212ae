"""Annotations to hourly and daily counts of tags, topics and terms."""

from __future__ import annotations

import polars as pl

from nlp.bursts import find_bursts

# A term is followed when this many accounts used it: fewer can neither be a trend nor be shown.
TERM_ACCOUNTS = 5
SPAM_LIMIT = 0.5
_MIN_TAG_PROBABILITY = 0.5
_KEEP = ("kind", "item", "source", "post_id", "account_id", "hour", "weight")


def items(annotations: pl.DataFrame) -> pl.LazyFrame:
    """One row a post and item: kind (tag, topic, term), item, source, account_id, hour, weight; spam left out."""
    base = (
        annotations.lazy()
        .filter(pl.col("spam") < SPAM_LIMIT)
        .with_columns(
            pl.col("created_at").dt.truncate("1h").alias("hour"),
            pl.col("weight").fill_null(1.0).cast(pl.Float64),
        )
    )
    of_post = _KEEP[2:]
    tags = (
        base.explode("tags", "tag_probs")
        .filter(pl.col("tag_probs") >= _MIN_TAG_PROBABILITY)
        .select(pl.lit("tag").alias("kind"), pl.col("tags").alias("item"), *of_post)
    )
    topics = base.filter(pl.col("topic").is_not_null()).select(
        pl.lit("topic").alias("kind"), pl.col("topic").alias("item"), *of_post
    )
    words = (
        base.with_columns(
            pl.concat_list(
                pl.col("words").str.split(" "),
                pl.col("hashtags").fill_null([]).list.eval("#" + pl.element()),
                pl.col("phrases").fill_null([]),
            )
            .list.unique()
            .alias("item")
        )
        .explode("item")
        .filter(pl.col("item").str.len_chars() >= 2)
        .select(pl.lit("term").alias("kind"), "item", *of_post)
    )
    common = words.filter(pl.col("account_id").n_unique().over("item") >= TERM_ACCOUNTS)
    return pl.concat([part.select(_KEEP) for part in (tags, topics, common)])


def counts(rows: pl.DataFrame, grain: str) -> pl.DataFrame:
    """Posts, their weight and accounts of an item, source and hour (UTC) or day (Asia/Shanghai).

    Sparse: no row where nothing was said.
    """
    at = day("hour") if grain == "day" else pl.col("hour")
    return (
        rows.lazy()
        .with_columns(at.alias("at"))
        .group_by("kind", "item", "source", "at")
        .agg(
            pl.len().cast(pl.Int64).alias("posts"),
            pl.col("weight").sum().round(4),
            pl.col("account_id").n_unique().cast(pl.Int64).alias("accounts"),
        )
        .sort("kind", "item", "source", "at")
        .collect()
    )


def trends(rows: pl.DataFrame, hourly: pl.DataFrame, collected: pl.DataFrame) -> pl.DataFrame:
    """The ``trends`` table: hourly and daily counts with their share, by weight, of the source's posts then.

    ``collected`` is the ``coverage`` table.
    """
    parts = []
    for grain, counted in (("hour", hourly), ("day", counts(rows, "day"))):
        whole = collected.select("source", "at", pl.col("weight").alias("total"))
        if grain == "day":
            whole = whole.group_by("source", day("at")).agg(pl.col("total").sum())
        parts.append(
            counted.join(whole, on=["source", "at"], how="left").select(
                "kind",
                "item",
                "source",
                "at",
                pl.lit(grain).alias("grain"),
                "posts",
                "weight",
                "accounts",
                (pl.col("weight") / pl.col("total")).clip(0.0, 1.0).alias("share"),
            )
        )
    return pl.concat(parts)


def bursts(rows: pl.DataFrame, hourly: pl.DataFrame, collected: pl.DataFrame) -> pl.DataFrame:
    """The ``bursts`` table; ``collected`` is the ``coverage`` table."""
    covered = {
        str(source): part["at"]
        for (source,), part in collected.filter("covered").partition_by("source", as_dict=True).items()
    }
    postings = rows.select(
        "kind",
        "item",
        pl.col("hour").alias("at"),
        pl.col("post_id").alias("post"),
        pl.col("account_id").alias("account"),
    )
    totals = collected.select("source", "at", "posts")
    return find_bursts(hourly, covered, totals=totals, postings=postings)


def day(column: str) -> pl.Expr:
    """The beginning, in UTC, of the day (Asia/Shanghai) in which a time lies."""
    china = pl.col(column).dt.convert_time_zone("Asia/Shanghai")
    return china.dt.truncate("1d").dt.convert_time_zone("UTC")
