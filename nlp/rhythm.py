"""What an hour usually holds: collection coverage, the rhythm of the week, each item's own rate and spread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_HOUR = timedelta(hours=1)
# How many days of an item's own it takes to weigh as much as everybody's rhythm.
_OWN_DAYS = 60.0


@dataclass(frozen=True, slots=True)
class Hours:
    """A run of whole UTC hours, numbered from 0, and which of them collection covered."""

    start: datetime
    size: int
    covered: Flags

    @classmethod
    def between(cls, start: datetime, end: datetime, covered: pl.Series) -> Self:
        """Hours from `start` up to and without `end`. Raises ValueError where there is none."""
        first = start.replace(minute=0, second=0, microsecond=0)
        size = -int((first - end) // _HOUR)
        if size < 1:
            raise ValueError("the end must lie after the start")
        hours = cls(first, size, np.zeros(size, np.bool_))
        number = covered.to_frame("at").select(hours.number(pl.col("at")))["at"].drop_nulls().to_numpy()
        hours.covered[number[(number >= 0) & (number < size)]] = True
        return hours

    def number(self, at: pl.Expr) -> pl.Expr:
        """Number the hour in which a time lies, as Int64; below 0 or beyond `size` where outside."""
        microseconds = (at - pl.lit(self.start)).dt.total_microseconds()
        return microseconds.floordiv(3_600_000_000).cast(pl.Int64)

    def at(self, number: int) -> datetime:
        """The time at which an hour begins."""
        return self.start + number * _HOUR


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How much an hour weighs for an item: `base` is everybody's, `own` corrects it by hour of the week."""

    base: Floats  # hours; mean 1 over covered hours, 0 where not covered
    own: Floats  # items x 168
    week_hour: Ints  # hours; which of the 168 hours of the week each is
    spread: Floats  # items; variance over mean of the daily counts, at least 1

    def weigh(self, item: int, first: int, last: int) -> Floats:
        """Weights of the hours first <= h < last for one item."""
        return np.asarray(self.base[first:last] * self.own[item, self.week_hour[first:last]])


def hour_rhythm(
    hours: Hours, pool: pl.DataFrame, items: int, item: Ints, hour: Ints, people: Floats
) -> Rhythm:
    """Estimate the rhythm from all talk (`pool`: at, posts) and each item's own counts (parallel arrays).

    The base is hour of day x day of week x the level of the days around (a running median over 15 days, so
    that a growing collection is no burst). An item's own hours of the day and days of the week are mixed
    in by how much it has shown; single high hours are cut to twice its median, so that a burst is no rhythm.
    """
    local = (
        np.arange(hours.size)
        + int((hours.start - datetime(1970, 1, 5, tzinfo=hours.start.tzinfo)) // _HOUR)
        + 8
    )
    week_hour = local % 168
    day = (local // 24) - local[0] // 24
    base = _base(hours, pool, week_hour, day)
    cut = np.minimum(people, 2.0 * _medians(items, item, people)[item])
    own = _own_profile(items, item, week_hour[hour] % 24, cut, base, week_hour % 24, 24)
    own_days = _own_profile(items, item, week_hour[hour] // 24, cut, base, week_hour // 24, 7)
    both = own[:, np.arange(168) % 24] * own_days[:, np.arange(168) // 24]
    return Rhythm(base, both, week_hour, _spread(items, item, day[hour], people, base, day))


def _base(hours: Hours, pool: pl.DataFrame, week_hour: Ints, day: Ints) -> Floats:
    summed = pool.group_by(hours.number(pl.col("at")).alias("hour")).agg(pl.col("posts").sum())
    inside = summed.filter((pl.col("hour") >= 0) & (pl.col("hour") < hours.size))
    talk = np.zeros(hours.size)
    talk[inside["hour"].to_numpy()] = inside["posts"].to_numpy()
    seen = hours.covered.astype(np.float64)
    base = np.ones(hours.size)
    for part, length in ((week_hour % 24, 24), (week_hour // 24, 7)):
        usual = np.bincount(part, base * seen, minlength=length)
        actual = np.bincount(part, talk * seen, minlength=length)
        # Five hours' worth of the mean keeps a part that was hardly seen from going to 0.
        pull = 5.0 * seen.mean()
        rate = talk.sum() / max(seen.sum(), 1.0) or 1.0
        base = base * ((actual / rate + pull) / (usual + pull))[part]
    expected = np.bincount(day, base * seen)
    level = np.bincount(day, talk * seen) / np.where(expected > 0, expected, 1.0)
    level[expected <= 0] = np.nan
    padded = np.pad(level, 7, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 15)
    known = ~np.isnan(around).all(axis=1)
    smooth = np.ones(len(level))
    smooth[known] = np.nanmedian(around[known], axis=1)
    base = base * np.maximum(smooth, 1e-3 * max(smooth.max(), 1.0))[day] * seen
    return np.asarray(base / (base.sum() / max(seen.sum(), 1.0) or 1.0))


def _medians(items: int, item: Ints, people: Floats) -> Floats:
    found = pl.DataFrame({"item": item, "people": people}).group_by("item").agg(pl.col("people").median())
    medians = np.ones(items)
    medians[found["item"].to_numpy()] = found["people"].to_numpy()
    return medians


def _own_profile(
    items: int, item: Ints, part: Ints, people: Floats, base: Floats, part_of_hour: Ints, length: int
) -> Floats:
    """How an item leans to each part of a cycle, beside everybody: items x length, around 1."""
    usual = np.bincount(part_of_hour, base, minlength=length)
    usual = (usual + 1e-9) / (usual + 1e-9).sum()
    seen = np.bincount(item * length + part, people, minlength=items * length).reshape(items, length)
    total = seen.sum(axis=1, keepdims=True)
    return np.asarray((seen + _OWN_DAYS * usual) / (total + _OWN_DAYS) / usual)


def _spread(items: int, item: Ints, day: Ints, people: Floats, base: Floats, day_of_hour: Ints) -> Floats:
    """Variance over mean of an item's daily counts without its highest tenth, shrunk to the pool's; at least 1."""
    weight = np.bincount(day_of_hour, base)
    days = len(weight)
    daily = np.bincount(item * days + day, people, minlength=items * days).reshape(items, days)
    kept = max(int(np.ceil(days * 0.9)), 1)
    ratio = daily / np.where(weight > 0, weight, np.inf)
    quiet = np.argsort(ratio, axis=1)[:, :kept]
    counts = np.take_along_axis(daily, quiet, axis=1)
    exposure = weight[quiet]
    rate = counts.sum(axis=1) / np.maximum(exposure.sum(axis=1), 1e-9)
    mean = rate[:, None] * exposure
    squares = np.where(mean > 0, (counts - mean) ** 2 / np.maximum(mean, 1e-9), 0.0).sum(axis=1)
    known = counts.sum(axis=1) >= 30
    pool = float(np.median(squares[known] / kept)) if known.any() else 1.0
    return np.asarray(np.maximum((squares + 30.0 * max(pool, 1.0)) / (kept + 30.0), 1.0))
