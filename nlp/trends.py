"""What rises: series with their gaps, and items ranked by how unexpected their growth is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from nlp.rhythm import Hours

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "item": pl.String,
    "start": pl.Datetime("us", "UTC"),
    "peak": pl.Datetime("us", "UTC"),
    "peak_value": pl.Float64,
    "before": pl.Float64,
    "after": pl.Float64,
    "rise_hours": pl.Int64,
    "gap_hours": pl.Int64,
    "surprise": pl.Float64,
}

WIDTHS = (3, 6, 12)  # hours over which a rise is looked for
PAST = 24  # covered hours before a rise that it is compared with
HISTORY = timedelta(days=14)  # own past that is looked at before `since`
TO_PEAK = 24  # hours after the start within which the peak is taken

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Items x hours: values (0 where absent or not covered) and, for all items, hours covered and floors."""

    items: list[str]
    values: Floats
    hours: Hours
    floor: Floats  # the least an hour is taken to hold, 0 where not covered
    since: int  # number of the first hour that is asked about


def rising(
    series: pl.DataFrame,
    since: datetime,
    until: datetime,
    covered: pl.Series,
    limit: int = 10,
    *,
    listed: bool = False,
) -> pl.DataFrame:
    """Rank the items of item, at (UTC), value by how unexpectedly they rose between `since` and `until`.

    `series` may hold rows of two weeks before `since`: an item's own past. Hours that are not in
    `covered` count for nothing; in covered hours an absent item has 0. With `listed` the series holds only the top
    of a list, as hot-search boards do: an absent item is taken to have the lowest value listed in that hour.

    For each hour and width of 3, 6 and 12 hours what is found is compared with what is expected: the larger
    of the mean of the last 24 covered hours and the item's own mean at those hours of the day. `surprise`
    is the Poisson log-likelihood ratio of found against expected (as -log10), divided by the dispersion of such
    changes over the whole pool (quasi-likelihood, R. Wedderburn 1974), so it needs no unit: a heat of
    millions and a count of ten are each measured against what is usual.

    Result, most surprising first: item, start (the first hour of the rise), peak and peak_value within a day of it,
    before and after (mean level an hour), rise_hours (start to peak), gap_hours (hours not covered just before the
    start: so much earlier it may have begun), surprise.
    """
    grid = _grid(series, since, until, covered, listed)
    if grid is None:
        return pl.DataFrame(schema=SCHEMA)
    best = np.zeros(len(grid.items))
    start = np.zeros(len(grid.items), np.int64)
    before = np.zeros(len(grid.items))
    after = np.zeros(len(grid.items))
    recent, daily = _recent_level(grid), _daily_level(grid)
    for width in WIDTHS:
        surprise, usual, level = _surprise(grid, recent, daily, width)
        place = surprise.argmax(axis=1)
        rows = np.arange(len(grid.items))
        better = surprise[rows, place] > best
        best = np.where(better, surprise[rows, place], best)
        start = np.where(better, place + grid.since, start)
        before = np.where(better, usual[rows, place], before)
        after = np.where(better, level[rows, place], after)
    order = np.lexsort((np.arange(len(best)), -best))[:limit]
    found = [_row(grid, int(n), int(start[n]), before[n], after[n], best[n]) for n in order if best[n] > 0]
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


def series_with_gaps(series: pl.DataFrame, hours: pl.Series, covered: pl.Series) -> pl.DataFrame:
    """Spread item, at, value over all `hours`: 0 where covered and absent, null where not covered."""
    grid = hours.alias("at").to_frame().unique(maintain_order=True)
    seen = covered.alias("at").to_frame().unique().with_columns(seen=pl.lit(True))
    every = series.select("item").unique(maintain_order=True).join(grid, how="cross")
    summed = series.group_by("item", "at").agg(pl.col("value").sum())
    return (
        every.join(seen, on="at", how="left", maintain_order="left")
        .join(summed, on=["item", "at"], how="left", maintain_order="left")
        .select("item", "at", value=pl.when("seen").then(pl.col("value").fill_null(0)))
    )


def _grid(
    series: pl.DataFrame, since: datetime, until: datetime, covered: pl.Series, listed: bool
) -> _Grid | None:
    hours = Hours.between(since - HISTORY, until, covered)
    first = hours.size - Hours.between(since, until, covered).size
    rows = (
        series.lazy()
        .select("item", "value", hour=hours.number(pl.col("at")))
        .filter((pl.col("hour") >= 0) & (pl.col("hour") < hours.size) & (pl.col("value") > 0))
        .group_by("item", "hour")
        .agg(pl.col("value").sum())
        .collect()
    )
    rows = rows.filter(pl.Series(hours.covered[rows["hour"].to_numpy()], dtype=pl.Boolean))
    lowest = np.zeros(hours.size)
    if listed:
        least = rows.group_by("hour").agg(pl.col("value").min())
        lowest[least["hour"].to_numpy()] = least["value"].to_numpy()
    asked = rows.filter(pl.col("hour") >= first).select(pl.col("item").unique().sort())
    if asked.is_empty():
        return None
    numbered = rows.join(asked.with_row_index("n"), on="item")
    values = np.tile(lowest, (asked.height, 1))
    values[numbered["n"].to_numpy(), numbered["hour"].to_numpy()] = numbered["value"].to_numpy()
    return _Grid(asked["item"].to_list(), values, hours, lowest, first)


def _sums(values: Floats) -> Floats:
    """Sums up to each column, beginning with 0."""
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def _recent_level(grid: _Grid) -> Floats:
    """Mean of the covered hours before each hour asked about: items x hours from `since`."""
    total = _sums(grid.values)
    rank = np.concatenate([[0], np.cumsum(grid.hours.covered)])  # covered hours before each hour
    asked = np.arange(grid.since, grid.hours.size)
    earliest = np.searchsorted(rank, np.maximum(rank[asked] - PAST, 0), side="right") - 1
    return np.asarray((total[:, asked] - total[:, earliest]) / np.maximum(rank[asked] - rank[earliest], 1))


def _daily_level(grid: _Grid) -> Floats:
    """Each item's mean at that hour of the day before `since`, and at least the floor: items x hours asked about."""
    seen = grid.hours.covered
    past = grid.values[:, : grid.since]
    asked = np.arange(grid.since, grid.hours.size)
    least = max(0.5 / PAST, float(np.median(grid.floor[seen])) if seen.any() else 0.0)
    by_hour = np.zeros((len(grid.items), 24))
    for hour in range(24):
        by_hour[:, hour] = past[:, hour::24].sum(axis=1) / max(int(seen[: grid.since][hour::24].sum()), 1)
    return np.asarray(np.maximum(by_hour, least)[:, asked % 24])


def _surprise(grid: _Grid, recent: Floats, daily: Floats, width: int) -> tuple[Floats, Floats, Floats]:
    """How unexpected `width` hours from each hour are, the level expected and found: items x hours."""
    covered = grid.hours.covered
    seen = np.concatenate([[0], np.cumsum(covered)])
    asked = np.arange(grid.since, grid.hours.size)
    last = np.minimum(asked + width, grid.hours.size)
    hours = seen[last] - seen[asked]
    total = _sums(grid.values)
    found = total[:, last] - total[:, asked]
    usual = _sums(daily * covered[asked])
    expected = np.maximum(recent * hours, usual[:, last - grid.since] - usual[:, asked - grid.since])
    changed = (found > 0) & (expected > 0)
    dispersion = _dispersion(found[changed], expected[changed])
    ratio = np.divide(found, expected, out=np.ones_like(found), where=changed)
    gain = np.where(ratio > 1.0, found * np.log(np.maximum(ratio, 1.0)) - (found - expected), 0.0)
    gain[:, ~covered[asked]] = 0.0
    shown = np.maximum(hours, 1)
    return gain / dispersion / np.log(10.0), expected / shown, found / shown


def _dispersion(found: Floats, expected: Floats) -> float:
    if not len(found):
        return 1.0
    return max(float(np.mean((found - expected) ** 2 / (found + expected))), 1.0)


def _row(
    grid: _Grid, item: int, start: int, before: float, after: float, surprise: float
) -> tuple[object, ...]:
    values = grid.values[item]
    # A window may begin in quiet hours: the rise begins where the item is first above its usual level.
    start += int(np.argmax(values[start : start + max(WIDTHS)] > before))
    end = min(start + TO_PEAK, grid.hours.size)
    peak = start + int(np.argmax(values[start:end]))
    covered = np.flatnonzero(grid.hours.covered[:start])
    gap = start - 1 - int(covered[-1]) if len(covered) else start
    return (
        grid.items[item],
        grid.hours.at(start),
        grid.hours.at(peak),
        float(values[peak]),
        float(before),
        float(after),
        peak - start,
        gap,
        float(surprise),
    )
