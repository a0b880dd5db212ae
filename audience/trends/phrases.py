"""Words that the mined trends do not follow by themselves: counted in the posts when they are asked for."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from audience.trends.rises import Key
from audience.trends.social import Social, day
from lake.store import Lake
from nlp.trends import HISTORY

_SPAM_LIMIT = 0.5


def with_phrase(
    lake: Lake, social: Social, phrase: str, since: datetime, until: datetime
) -> tuple[Social, dict[Key, int]]:
    """Add the series of words, as they are written, to the mined ones; and how many accounts wrote them since.

    No key where nobody did in the window or the two weeks before it.
    """
    posts = _posts(lake, phrase, since - HISTORY, until)
    if posts.is_empty():
        return social, {}
    parts = []
    for grain, at in (("hour", pl.col("at")), ("day", day(pl.col("at")))):
        counted = posts.group_by("source", at.alias("at")).agg(
            pl.len().cast(pl.Int64).alias("posts"),
            pl.col("weight").sum(),
            pl.col("account_id").n_unique().cast(pl.Int64).alias("accounts"),
        )
        parts.append(
            counted.with_columns(
                pl.lit("term").alias("kind"), pl.lit(phrase).alias("item"), pl.lit(grain).alias("grain")
            )
        )
    rows = pl.concat([social.rows, *parts], how="diagonal_relaxed")
    people = posts.filter(pl.col("at") >= since)["account_id"].n_unique()
    return Social(rows, social.collected), {("term", phrase): people}


def _posts(lake: Lake, phrase: str, since: datetime, until: datetime) -> pl.DataFrame:
    """Posts that hold the phrase: source, account_id, at (hour), weight."""
    within = (pl.col("created_at") >= since) & (pl.col("created_at") < until)
    written = pl.concat_str(pl.col("title").fill_null(""), pl.col("text").fill_null(""), separator=" ")
    posts = lake.read("posts", columns=["id", "title", "text", "created_at"], where=within)
    found = posts.filter(written.str.to_lowercase().str.contains(phrase.lower(), literal=True)).select("id")
    columns = ["post_id", "source", "account_id", "created_at", "spam", "weight"]
    judged = lake.read("annotations", columns=columns, where=within).filter(pl.col("spam") < _SPAM_LIMIT)
    return judged.join(found, left_on="post_id", right_on="id", how="semi").select(
        "source",
        "account_id",
        pl.col("created_at").dt.truncate("1h").alias("at"),
        pl.col("weight").fill_null(1.0).cast(pl.Float64),
    )
