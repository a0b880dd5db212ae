"""Annotations to hourly and daily counts of tags, topics and terms."""

from __future__ import annotations

import polars as pl

# A term is followed when this many accounts used it: fewer can neither be a trend nor be shown.
TERM_ACCOUNTS = 5
SPAM_LIMIT = 0.5
_MIN_TAG_PROBABILITY = 0.5
# A silence this long in a busy network is a gap in collection, not quiet people.
_GAP_HOURS = 6
_GAP_EXPECTED = 3.0


def items(annotations: pl.DataFrame) -> pl.LazyFrame:
    """One row a post and item: kind (tag, topic, term), item, account_id, hour; spam left out."""
    base = (
        annotations.lazy()
        .filter(pl.col("spam") < SPAM_LIMIT)
        .with_columns(pl.col("created_at").dt.truncate("1h").alias("hour"))
    )
    keep = ["kind", "item", "post_id", "account_id", "hour"]
    tags = (
        base.explode("tags", "tag_probs")
        .filter(pl.col("tag_probs") >= _MIN_TAG_PROBABILITY)
        .select(pl.lit("tag").alias("kind"), pl.col("tags").alias("item"), "post_id", "account_id", "hour")
    )
    topics = base.filter(pl.col("topic").is_not_null()).select(
        pl.lit("topic").alias("kind"), pl.col("topic").alias("item"), "post_id", "account_id", "hour"
    )
    words = (
        base.with_columns(
            pl.concat_list(
                pl.col("words").str.split(" "),
                pl.col("hashtags").fill_null([]).list.eval("#" + pl.element()),
            )
            .list.unique()
            .alias("item")
        )
        .explode("item")
        .filter(pl.col("item").str.len_chars() >= 2)
        .select(pl.lit("term").alias("kind"), "item", "post_id", "account_id", "hour")
    )
    common = words.filter(pl.col("account_id").n_unique().over("item") >= TERM_ACCOUNTS)
    return pl.concat([part.select(keep) for part in (tags, topics, common)])


def counts(rows: pl.DataFrame, grain: str) -> pl.DataFrame:
    """Posts and accounts an item and hour (UTC) or day (Asia/Shanghai), sparse: no row where nothing was said."""
    at = pl.col("hour")
    if grain == "day":
        at = at.dt.convert_time_zone("Asia/Shanghai").dt.truncate("1d").dt.convert_time_zone("UTC")
    return (
        rows.lazy()
        .with_columns(at.alias("at"))
        .group_by("kind", "item", "at")
        .agg(
            pl.len().cast(pl.Int64).alias("posts"),
            pl.col("account_id").n_unique().cast(pl.Int64).alias("accounts"),
        )
        .sort("kind", "item", "at")
        .collect()
    )


def trends(rows: pl.DataFrame, hourly: pl.DataFrame, totals: pl.DataFrame) -> pl.DataFrame:
    """The ``trends`` table: hourly and daily counts with their share of all posts of that hour or day."""
    parts = []
    for grain, counted in (("hour", hourly), ("day", counts(rows, "day"))):
        whole = _per_grain(totals, grain)
        parts.append(
            counted.join(whole, on="at", how="left").select(
                "kind",
                "item",
                "at",
                pl.lit(grain).alias("grain"),
                "posts",
                "accounts",
                (pl.col("posts") / pl.col("total")).alias("share"),
            )
        )
    return pl.concat(parts)


def hourly_totals(annotations: pl.DataFrame) -> pl.DataFrame:
    """All posts an hour, spam left out, every hour between the first and the last present: at, posts."""
    counted = (
        annotations.filter(pl.col("spam") < SPAM_LIMIT)
        .group_by(pl.col("created_at").dt.truncate("1h").alias("at"))
        .agg(pl.len().cast(pl.Int64).alias("posts"))
    )
    return counted.sort("at").upsample("at", every="1h").with_columns(pl.col("posts").fill_null(0))


def covered_hours(totals: pl.DataFrame) -> pl.Series:
    """The hours that collection covered: all but long silences where posts were to be expected."""
    if totals.is_empty():
        return totals["at"]
    china = pl.col("at").dt.convert_time_zone("Asia/Shanghai")
    judged = totals.with_columns(
        pl.col("posts").median().over(china.dt.hour()).alias("usual"),
        (pl.col("posts") == 0).rle_id().alias("stretch"),
    ).with_columns(
        pl.len().over("stretch").alias("length"),
        pl.col("usual").sum().over("stretch").alias("expected"),
    )
    gap = (
        (pl.col("posts") == 0)
        & (pl.col("length") >= _GAP_HOURS)
        & (pl.col("expected") >= _GAP_EXPECTED * pl.col("length"))
    )
    return judged.filter(~gap)["at"]


def _per_grain(totals: pl.DataFrame, grain: str) -> pl.DataFrame:
    if grain == "hour":
        return totals.rename({"posts": "total"})
    day = pl.col("at").dt.convert_time_zone("Asia/Shanghai").dt.truncate("1d").dt.convert_time_zone("UTC")
    return totals.group_by(day.alias("at")).agg(pl.col("posts").sum().alias("total"))
