"""What people post about, from the mined trends: series and how many people stand behind them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from audience.window import every
from lake.store import Lake

# As mining counts: advertising left out, a tag counted from even odds on.
_SPAM_LIMIT = 0.5
_MIN_TAG_PROBABILITY = 0.5
# A stretch of so many hours in which nobody said anything at all is a gap in collection.
_GAP_HOURS = 6


@dataclass(frozen=True)
class Social:
    """Hourly and daily counts (kind, item, at, grain, posts, accounts) and the hours covered."""

    rows: pl.DataFrame
    covered: pl.Series

    def days_covered(self) -> pl.Series:
        """Days (Asia/Shanghai, as their UTC start) of which at least half the hours were covered."""
        day = pl.col("at").dt.convert_time_zone("Asia/Shanghai").dt.truncate("1d").dt.convert_time_zone("UTC")
        counted = self.covered.alias("at").to_frame().group_by(day).len("hours")
        return counted.filter(pl.col("hours") >= 12)["at"].sort()


def read_social(lake: Lake, since: datetime, until: datetime) -> Social | None:
    """The mined trends between two moments (``until`` excluded), or None where nothing was mined."""
    if not lake.exists("trends"):
        return None
    rows = lake.read("trends", where=(pl.col("at") >= since) & (pl.col("at") < until))
    hours = rows.filter(pl.col("grain") == "hour")["at"].unique().sort()
    return Social(rows, _covered(hours))


def latest_social(lake: Lake) -> datetime | None:
    """The last hour that the mined trends hold."""
    if not lake.exists("trends"):
        return None
    found = lake.read("trends", columns=["at"])["at"].max()
    return found if isinstance(found, datetime) else None


def people_behind(
    lake: Lake, asked: Collection[tuple[str, str]], since: datetime, until: datetime
) -> dict[tuple[str, str], int]:
    """Distinct accounts that posted about each (kind, item) within the window."""
    if not asked or not lake.exists("annotations"):
        return {}
    columns = ["account_id", "created_at", "tags", "tag_probs", "topic", "words", "hashtags", "spam"]
    posts = lake.read("annotations", columns=columns).filter(
        pl.col("created_at") >= since, pl.col("created_at") < until, pl.col("spam") < _SPAM_LIMIT
    )
    said = {
        "tag": posts.select("account_id", "tags", "tag_probs")
        .lazy()
        .explode("tags", "tag_probs")
        .filter(pl.col("tag_probs") >= _MIN_TAG_PROBABILITY)
        .select("account_id", pl.col("tags").alias("item")),
        "topic": posts.lazy().select("account_id", pl.col("topic").alias("item")),
        "term": posts.lazy()
        .select(
            "account_id",
            pl.concat_list(
                pl.col("words").str.split(" "),
                pl.col("hashtags").fill_null([]).list.eval("#" + pl.element()),
            ).alias("item"),
        )
        .explode("item"),
    }
    found: dict[tuple[str, str], int] = {}
    for kind, frame in said.items():
        items = [item for of, item in asked if of == kind]
        if not items:
            continue
        counts = (
            frame.filter(pl.col("item").is_in(pl.Series(items, dtype=pl.String).implode()))
            .group_by("item")
            .agg(pl.col("account_id").n_unique())
            .collect()
        )
        found.update({(kind, item): int(n) for item, n in counts.iter_rows()})
    return found


def _covered(hours: pl.Series) -> pl.Series:
    """Every hour from the first to the last, long silences left out."""
    if hours.is_empty():
        return hours
    seen = every(hours.min(), hours.max(), "hour", closed="both").alias("at").to_frame()
    stretches = seen.with_columns(pl.col("at").is_in(hours.implode()).alias("seen")).with_columns(
        pl.col("seen").rle_id().alias("stretch")
    )
    short = pl.len().over("stretch") < _GAP_HOURS
    kept = stretches.filter(pl.col("seen") | short)
    return kept.get_column("at")
