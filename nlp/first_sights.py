"""Topics at the moment they first appear on a hot list: what can be seen of them, and of the list, in that hour."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

ZONE = "Asia/Shanghai"
SETTLED = timedelta(hours=36)  # after which a topic's course is known well enough to learn words from
_WEEK = 168  # snapshots over which the list's usual heat is taken
_LONGEST_GAP = 48
NUMBERS = (
    "heat", "rank", "hour", "weekday", "length", "listed", "top", "middle", "low", "third", "above_million",
    "above_half", "gap", "newcomers", "to_top", "to_middle", "to_low", "to_usual", "to_usual_top", "list_level",
    "place", "to_newcomers",
)  # fmt: skip


def first_sights(board: pl.DataFrame) -> pl.DataFrame:
    """One row a topic: the hour in which it was first listed, with the numbers of that hour (`NUMBERS`).

    `board` has term, at (UTC hour), rank, volume, advert; its first snapshot shows nothing new and only serves as past.
    Adverts and rows without heat are left out, of the numbers too. Nothing later than the hour is used. Sorted by
    at and rank; columns term, at, volume, NUMBERS.
    """
    rows = board.filter(pl.col("volume").is_not_null()).with_columns(
        pl.col("advert").fill_null(False), pl.col("rank").fill_null(0)
    )
    begun = rows.group_by("term").agg(pl.col("at").min().alias("begun"))
    organic = rows.filter(~pl.col("advert"), pl.col("volume") > 0)
    once = organic.sort("rank").unique(["term", "at"], keep="first", maintain_order=True)
    placed = once.with_columns(
        pl.col("volume").rank("average", descending=True).over("at").alias("place"),
        pl.len().over("at").alias("listed"),
    )
    found = placed.join(begun, on="term").filter(pl.col("at") == pl.col("begun"))
    found = found.filter(pl.col("at").is_in(rows["at"].unique().sort().head(1).implode()).not_()).join(
        _list_numbers(once), on="at"
    )
    newcomers = pl.col("volume").max().over("at")
    local = pl.col("at").dt.convert_time_zone(ZONE)
    return (
        found.with_columns(
            (pl.col("volume") + 1).log().alias("heat"),
            local.dt.hour().alias("hour"),
            local.dt.weekday().alias("weekday"),
            pl.col("term").str.len_chars().alias("length"),
            pl.len().over("at").alias("newcomers"),
            (pl.col("volume") / pl.col("top")).alias("to_top"),
            (pl.col("volume") / pl.col("middle")).alias("to_middle"),
            (pl.col("volume") / pl.col("low")).alias("to_low"),
            (pl.col("volume") / pl.col("usual")).alias("to_usual"),
            (pl.col("volume") / pl.col("usual_top")).alias("to_usual_top"),
            (pl.col("middle") / pl.col("usual")).alias("list_level"),
            (pl.col("volume") / newcomers).alias("to_newcomers"),
        )
        .select("term", "at", "volume", *(pl.col(name).cast(pl.Float64) for name in NUMBERS))
        .sort("at", "rank", "term")
    )


def peaks(board: pl.DataFrame, sights: pl.DataFrame) -> pl.DataFrame:
    """How far each topic of `sights` went, row by row: peak (of all its hours), settled (of the first 36), category."""
    rows = board.select("term", "volume", "category", then="at").join(sights.select("term", "at"), on="term")
    rows = rows.filter(pl.col("then") >= pl.col("at"))
    early = pl.col("then") - pl.col("at") <= SETTLED
    grouped = rows.group_by("term").agg(
        pl.col("volume").max().alias("peak"),
        pl.col("volume").filter(early).max().alias("settled"),
        pl.col("category").drop_nulls().last(),
    )
    return (
        sights.select("term")
        .join(grouped, on="term", how="left", maintain_order="left")
        .select("peak", "settled", "category")
    )


def _list_numbers(rows: pl.DataFrame) -> pl.DataFrame:
    """The list in each hour, and what it usually is: the mean over the last week's snapshots."""
    volume = pl.col("volume")
    lists = (
        rows.group_by("at")
        .agg(
            volume.max().alias("top"),
            volume.median().alias("middle"),
            volume.min().alias("low"),
            volume.top_k(3).min().alias("third"),
            (volume >= 1e6).sum().alias("above_million"),
            (volume >= 5e5).sum().alias("above_half"),
        )
        .sort("at")
    )
    since = (pl.col("at") - pl.col("at").shift(1)).dt.total_hours().fill_null(1)
    return lists.with_columns(
        since.clip(0, _LONGEST_GAP).alias("gap"),
        pl.col("middle").rolling_mean(_WEEK, min_samples=1).alias("usual"),
        pl.col("top").rolling_mean(_WEEK, min_samples=1).alias("usual_top"),
    )
