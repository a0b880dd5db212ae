"""What rises: series with their gaps, and items ranked by how unexpected their growth is."""

from __future__ import annotations

from collections.abc import Sequence
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
    "state": pl.String,
}

WIDTHS = (3, 6, 12)  # hours over which a rise is looked for
PAST = 24  # covered hours before a rise that it is compared with
HISTORY = timedelta(days=14)  # own past that is looked at before `since`
TO_PEAK = 24  # hours after the start within which the peak is taken
LEAST_PAST = 12  # covered hours that a source needs before an hour, so that the hour can be judged
NEW_HOURS = 24  # an item first seen so short before its rise is new
KNOWN_PAST = 72  # covered hours before a rise from which on it can be told whether the item is new

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """What one source tells: its series of item, at (UTC), value, and the hours that it covered."""

    series: pl.DataFrame
    covered: pl.Series


@dataclass(frozen=True, slots=True)
class _Grid:
    """Items x hours of one source: values (0 where absent or not covered), hours covered, floors and first sights."""

    values: Floats
    hours: Hours
    floor: Floats  # the least an hour is taken to hold, 0 where not covered
    since: int  # number of the first hour that is asked about
    seen: Ints  # items; the hour in which each was first seen, `hours.size` where it never was


def rising(
    parts: Sequence[Part], since: datetime, until: datetime, limit: int = 10, *, listed: bool = False
) -> pl.DataFrame:
    """Rank items by how unexpectedly they rose between `since` and `until`, over one or several sources.

    A series may hold rows of two weeks before `since`: an item's own past. Hours that a source did not cover
    count for nothing there; in covered hours an absent item has 0. Each source is compared with its own past, and an
    hour before which it has covered less than 12 can't be judged: a new source is no rise. With `listed` a
    series holds only the top of a list, as hot-search boards do: an absent item has the lowest value listed then.

    For each hour and width of 3, 6 and 12 hours what is found is compared with what is expected: the larger
    of the mean of the last 24 covered hours and the item's own mean at those hours of the day, summed over the
    sources. `surprise` is the Poisson log-likelihood ratio of found against expected (as -log10), divided by the
    dispersion of such changes over the whole pool (quasi-likelihood, R. Wedderburn 1974), so it needs no unit: a
    heat of millions and a count of ten are each measured against what is usual.

    Result, most surprising first: item, start (the first hour of the rise), peak and peak_value within a day of it,
    before and after (mean level an hour), rise_hours (start to peak), gap_hours (hours not covered just before the
    start: so much earlier it may have begun), surprise, state (new: first seen within a day of the start; rising;
    unknown where less than three days were covered before).
    """
    items, grids = _grids(parts, since, until, listed)
    if not items:
        return pl.DataFrame(schema=SCHEMA)
    best, before, after = np.zeros(len(items)), np.zeros(len(items)), np.zeros(len(items))
    start = np.zeros(len(items), np.int64)
    levels = [(grid, _recent_level(grid), _daily_level(grid)) for grid in grids]
    for width in WIDTHS:
        surprise, usual, level = _surprise(levels, width)
        place = surprise.argmax(axis=1)
        rows = np.arange(len(items))
        better = surprise[rows, place] > best
        best = np.where(better, surprise[rows, place], best)
        start = np.where(better, place + grids[0].since, start)
        before = np.where(better, usual[rows, place], before)
        after = np.where(better, level[rows, place], after)
    order = np.lexsort((np.arange(len(best)), -best))[:limit]
    whole = _whole(grids)
    found = [
        _row(whole, items[n], int(n), int(start[n]), before[n], after[n], best[n])
        for n in order
        if best[n] > 0
    ]
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


def _grids(
    parts: Sequence[Part], since: datetime, until: datetime, listed: bool
) -> tuple[list[str], list[_Grid]]:
    """One grid a source, all with the items that any of them holds in the time asked about."""
    rows, grid_hours = [], []
    for part in parts:
        hours = Hours.between(since - HISTORY, until, part.covered)
        counted = (
            part.series.lazy()
            .select("item", "value", hour=hours.number(pl.col("at")))
            .filter((pl.col("hour") >= 0) & (pl.col("hour") < hours.size) & (pl.col("value") > 0))
            .group_by("item", "hour")
            .agg(pl.col("value").sum())
            .collect()
        )
        rows.append(counted.filter(pl.Series(hours.covered[counted["hour"].to_numpy()], dtype=pl.Boolean)))
        grid_hours.append(hours)
    if not rows:
        return [], []
    first = grid_hours[0].size - Hours.between(since, until, parts[0].covered).size
    asked = pl.concat(rows).filter(pl.col("hour") >= first).select(pl.col("item").unique().sort())
    numbers = asked.with_row_index("n")
    return asked["item"].to_list(), [
        _grid(part, numbers, hours, first, listed) for part, hours in zip(rows, grid_hours, strict=True)
    ]


def _grid(rows: pl.DataFrame, numbers: pl.DataFrame, hours: Hours, since: int, listed: bool) -> _Grid:
    lowest = np.zeros(hours.size)
    if listed:
        least = rows.group_by("hour").agg(pl.col("value").min())
        lowest[least["hour"].to_numpy()] = least["value"].to_numpy()
    numbered = rows.join(numbers, on="item")
    item, hour = numbered["n"].to_numpy(), numbered["hour"].to_numpy()
    values = np.tile(lowest, (numbers.height, 1))
    values[item, hour] = numbered["value"].to_numpy()
    seen = np.full(numbers.height, hours.size)
    np.minimum.at(seen, item, hour)
    return _Grid(values, hours, lowest, since, seen)


def _whole(grids: Sequence[_Grid]) -> _Grid:
    """All sources as one: values added up, an hour covered where any covered it."""
    first = grids[0]
    covered = np.logical_or.reduce([grid.hours.covered for grid in grids])
    hours = Hours(first.hours.start, first.hours.size, covered)
    values = np.sum([grid.values for grid in grids], axis=0)
    seen = np.minimum.reduce([grid.seen for grid in grids])
    return _Grid(values, hours, np.zeros(hours.size), first.since, seen)


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
    by_hour = np.zeros((len(grid.values), 24))
    for hour in range(24):
        by_hour[:, hour] = past[:, hour::24].sum(axis=1) / max(int(seen[: grid.since][hour::24].sum()), 1)
    return np.asarray(np.maximum(by_hour, least)[:, asked % 24])


def _surprise(levels: Sequence[tuple[_Grid, Floats, Floats]], width: int) -> tuple[Floats, Floats, Floats]:
    """How unexpected `width` hours from each hour are, the level expected and found: items x hours."""
    sums = [_found_and_expected(grid, recent, daily, width) for grid, recent, daily in levels]
    found, expected = (np.sum([part[place] for part in sums], axis=0) for place in (0, 1))
    hours = np.max([part[2] for part in sums], axis=0)
    changed = (found > 0) & (expected > 0)
    dispersion = _dispersion(found[changed], expected[changed])
    ratio = np.divide(found, expected, out=np.ones_like(found), where=changed)
    gain = np.where(ratio > 1.0, found * np.log(np.maximum(ratio, 1.0)) - (found - expected), 0.0)
    shown = np.maximum(hours, 1)
    return gain / dispersion / np.log(10.0), expected / shown, found / shown


def _found_and_expected(
    grid: _Grid, recent: Floats, daily: Floats, width: int
) -> tuple[Floats, Floats, Floats]:
    """One source's sums over `width` hours from each hour asked about, 0 where it can't be judged, and its hours."""
    covered = grid.hours.covered
    seen = np.concatenate([[0], np.cumsum(covered)])
    asked = np.arange(grid.since, grid.hours.size)
    last = np.minimum(asked + width, grid.hours.size)
    judged = covered[asked] & (seen[asked] >= LEAST_PAST)
    hours = (seen[last] - seen[asked]) * judged
    total = _sums(grid.values)
    usual = _sums(daily * covered[asked])
    expected = np.maximum(recent * hours, usual[:, last - grid.since] - usual[:, asked - grid.since])
    return (total[:, last] - total[:, asked]) * judged, expected * judged, hours.astype(np.float64)


def _dispersion(found: Floats, expected: Floats) -> float:
    if not len(found):
        return 1.0
    return max(float(np.mean((found - expected) ** 2 / (found + expected))), 1.0)


def _row(
    grid: _Grid, name: str, item: int, start: int, before: float, after: float, surprise: float
) -> tuple[object, ...]:
    values = grid.values[item]
    # A window may begin in quiet hours: the rise begins where the item is first above its usual level.
    start += int(np.argmax(values[start : start + max(WIDTHS)] > before))
    end = min(start + TO_PEAK, grid.hours.size)
    peak = start + int(np.argmax(values[start:end]))
    covered = np.flatnonzero(grid.hours.covered[:start])
    gap = start - 1 - int(covered[-1]) if len(covered) else start
    if grid.seen[item] < start - NEW_HOURS:
        state = "rising"
    else:
        state = "new" if len(covered) >= KNOWN_PAST else "unknown"
    return (
        name,
        grid.hours.at(start),
        grid.hours.at(peak),
        float(values[peak]),
        float(before),
        float(after),
        peak - start,
        gap,
        float(surprise),
        state,
    )
