"""What people post about, from the mined trends: series by source, the hours collected, who stands behind an item."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from lake.store import Lake
from nlp.trends import Part

# As mining counts: advertising left out, a tag counted from even odds on.
_SPAM_LIMIT = 0.5
_MIN_TAG_PROBABILITY = 0.5
_DAY_HOURS = 12  # covered hours from which on a day counts as collected


@dataclass(frozen=True)
class Social:
    """Counts (kind, item, source, at, grain, posts, weight, accounts) and what was collected in all.

    ``collected``: source, at (hour), posts, weight, covered; from a source's first post on, so that it has no past.
    """

    rows: pl.DataFrame
    collected: pl.DataFrame

    @property
    def covered(self) -> pl.Series:
        """Hours that at least one source covered."""
        return self.collected.filter("covered")["at"].unique().sort()

    def days_covered(self) -> pl.Series:
        """Days (Asia/Shanghai, as their UTC start) of which at least half the hours were covered."""
        counted = self.covered.alias("at").to_frame().group_by(day(pl.col("at"))).len("hours")
        return counted.filter(pl.col("hours") >= _DAY_HOURS)["at"].sort()

    def parts(self) -> list[Part]:
        """Each source's hourly posts by weight, items as ``kind:item``, with its covered hours."""
        hourly = self.rows.filter(pl.col("grain") == "hour").select(
            "source", pl.format("{}:{}", "kind", "item").alias("item"), "at", pl.col("weight").alias("value")
        )
        found = []
        for (source,), hours in self.collected.filter("covered").partition_by("source", as_dict=True).items():
            own = hourly.filter(pl.col("source") == source).drop("source")
            found.append(Part(own, hours["at"].sort()))
        return found

    def totals(self, grain: str) -> dict[datetime, int]:
        """All posts of each hour or day that was collected."""
        at = pl.col("at") if grain == "hour" else day(pl.col("at"))
        summed = self.collected.group_by(at).agg(pl.col("posts").sum())
        return dict(summed.iter_rows())

    def begun(self, since: datetime, until: datetime) -> dict[str, datetime]:
        """Sources that were first collected within a window, and when, where others were collected before."""
        first = dict(self.collected.group_by("source").agg(pl.col("at").min()).sort("at").iter_rows())
        if not first or min(first.values()) >= since:
            return {}
        return {source: at for source, at in first.items() if since <= at < until}


def day(at: pl.Expr) -> pl.Expr:
    """The beginning, in UTC, of the day (Asia/Shanghai) in which a time lies."""
    return at.dt.convert_time_zone("Asia/Shanghai").dt.truncate("1d").dt.convert_time_zone("UTC")


def read_social(lake: Lake, since: datetime, until: datetime) -> Social | None:
    """The mined trends between two moments (``until`` excluded), or None where nothing was mined."""
    if not lake.exists("trends") or not lake.exists("coverage"):
        return None
    within = (pl.col("at") >= since) & (pl.col("at") < until)
    columns = ["source", "at", "posts", "weight", "covered"]
    return Social(lake.read("trends", where=within), lake.read("coverage", columns=columns, where=within))


def latest_social(lake: Lake) -> datetime | None:
    """The last hour that the mined trends hold."""
    if not lake.exists("coverage"):
        return None
    found = lake.read("coverage", columns=["at"])["at"].max()
    return found if isinstance(found, datetime) else None


def people_behind(
    lake: Lake, asked: Collection[tuple[str, str]], since: datetime, until: datetime
) -> dict[tuple[str, str], int]:
    """Distinct accounts that posted about each (kind, item) within the window."""
    said = mentions(lake, asked, since, until)
    counts = said.group_by("kind", "item").agg(pl.col("account_id").n_unique())
    return {(kind, item): int(n) for kind, item, n in counts.iter_rows()}


def mentions(
    lake: Lake, asked: Collection[tuple[str, str]], since: datetime, until: datetime
) -> pl.DataFrame:
    """Who posted about each (kind, item) within the window: kind, item, post_id, account_id, at; spam left out."""
    of_post: list[str | pl.Expr] = ["post_id", "account_id", pl.col("created_at").alias("at")]
    if not asked or not lake.exists("annotations"):
        names = ("kind", "item", "post_id", "account_id")
        schema: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(names, pl.String)
        return pl.DataFrame(schema={**schema, "at": pl.Datetime("us", "UTC")})
    columns = [
        "post_id",
        "account_id",
        "created_at",
        "tags",
        "tag_probs",
        "topic",
        "words",
        "hashtags",
        "spam",
    ]
    posts = lake.read("annotations", columns=columns).filter(
        pl.col("created_at") >= since, pl.col("created_at") < until, pl.col("spam") < _SPAM_LIMIT
    )
    words = pl.concat_list(
        pl.col("words").str.split(" "), pl.col("hashtags").fill_null([]).list.eval("#" + pl.element())
    )
    said = {
        "tag": posts.lazy()
        .explode("tags", "tag_probs")
        .filter(pl.col("tag_probs") >= _MIN_TAG_PROBABILITY)
        .with_columns(pl.col("tags").alias("item")),
        "topic": posts.lazy().with_columns(pl.col("topic").alias("item")),
        "term": posts.lazy().with_columns(words.list.unique().alias("item")).explode("item"),
    }
    parts = []
    for kind, frame in said.items():
        items = pl.Series([item for of, item in asked if of == kind], dtype=pl.String)
        wanted = frame.filter(pl.col("item").is_in(items.implode()))
        parts.append(wanted.select(pl.lit(kind).alias("kind"), "item", *of_post))
    return pl.concat(parts).collect()
