"""Search demand: collected keywords as series by source, with the moments that were collected at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from audience.window import every
from lake.early import board_sources
from lake.store import Lake
from privacy.errors import BadInputError

# Statuses of a snapshot that was taken, whole or in part; others leave a gap.
_TAKEN = ("ok", "truncated")


@dataclass(frozen=True)
class Demand:
    """Keywords of one source and grain: rows (item, at, value) and the moments covered.

    ``listed``: the source gives only the top of a list, so that an absent term is low and not zero.
    """

    source: str
    grain: str
    rows: pl.DataFrame
    covered: pl.Series
    listed: bool

    @property
    def unit(self) -> str:
        """What a value counts, in the source's own measure. Below a list's end little is known: it counts as 0."""
        return "heat, 0 below the list" if self.listed else "index"

    def moments(self, since: datetime, until: datetime) -> pl.Series:
        """Every moment of the window that a full collection would hold."""
        if self.grain == "hour":
            return every(since, until, "hour")
        seen: pl.Series = self.covered.filter((self.covered >= since) & (self.covered < until))
        # Days begin when the source's days do.
        return seen if seen.is_empty() else every(seen.min(), until, "day")


def read_demand(lake: Lake, since: datetime, until: datetime, term: str | None = None) -> Iterator[Demand]:
    """Keywords between two moments (``until`` excluded), by source and grain; only those months are read."""
    if not lake.exists("keywords"):
        return
    within = (pl.col("at") >= since) & (pl.col("at") < until)
    rows = lake.read(
        "keywords", columns=["source", "grain", "term", "at", "rank", "volume", "advert"], where=within
    )
    rows = rows.filter(pl.col("volume").is_not_null(), ~pl.col("advert").fill_null(False))
    snapshots = _snapshots(lake, since, until)
    for (source, grain), part in sorted(rows.partition_by("source", "grain", as_dict=True).items()):
        taken = snapshots.get(str(source)) if grain == "hour" else None
        covered = taken if taken is not None else part["at"].unique().sort()
        asked = part if term is None else part.filter(pl.col("term") == term)
        if asked.height:
            yield Demand(
                source=str(source),
                grain=str(grain),
                rows=asked.select(pl.col("term").alias("item"), "at", pl.col("volume").alias("value")),
                covered=covered,
                listed=part["rank"].drop_nulls().len() > 0,
            )


def hot_lists(lake: Lake, source: str | None) -> list[str]:
    """The hot lists asked for: ``source`` alone, or all. Raises BadInputError where there is none."""
    known = board_sources(lake)
    if not known:
        raise BadInputError(
            "no hot list was collected by the hour",
            "collect one: renqun crawl hotlist, or renqun import weibo-hot FOLDER",
        )
    if source is not None and source not in known:
        raise BadInputError(f"there is no hot list of {source!r}", f"there are {', '.join(known)}")
    return [source] if source else known


def latest_demand(lake: Lake) -> datetime | None:
    """The last moment of which search demand was collected: from the runs, else from the keywords themselves."""
    found = None
    if lake.exists("runs"):
        runs = lake.read("runs", columns=["kind", "status", "at"])
        found = runs.filter(pl.col("kind") == "snapshot", pl.col("status").is_in(_TAKEN))["at"].max()
    if found is None and lake.exists("keywords"):
        found = lake.read("keywords", columns=["at"])["at"].max()
    return found if isinstance(found, datetime) else None


def _snapshots(lake: Lake, since: datetime, until: datetime) -> dict[str, pl.Series]:
    """The hours covered by snapshots, by source."""
    if not lake.exists("runs"):
        return {}
    runs = lake.read("runs", columns=["kind", "source", "status", "at"]).filter(
        pl.col("kind") == "snapshot",
        pl.col("status").is_in(_TAKEN),
        pl.col("at") >= since,
        pl.col("at") < until,
    )
    hours = runs.with_columns(pl.col("at").dt.truncate("1h"))
    return {
        str(source): part["at"].unique().sort()
        for (source,), part in hours.partition_by("source", as_dict=True).items()
    }
