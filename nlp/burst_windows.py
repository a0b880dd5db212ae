"""Windows in which an item has more people than expected, and where exactly they begin and end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from nlp.automaton import best_run, raised_hours
from nlp.rhythm import Hours, Rhythm

WIDTHS = (3, 6, 12, 24)  # hours; a burst is looked for at each of these lengths
BEFORE, AFTER = 6, 48  # hours around a window that say nothing about the usual rate
APART = 48  # hours between two bursts of one item
LEAST_OUTSIDE = 24.0  # usual hours' worth of collection beside a window, without which it can't be judged

RISEN: dict[str, pl.DataType | type[pl.DataType]] = {
    "kind": pl.String,
    "item": pl.String,
    "first": pl.Int64,
    "last": pl.Int64,
    "peak": pl.Int64,
    "posts": pl.Int64,
    "expected": pl.Float64,
    "surprise": pl.Float64,
}

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """Hourly counts of all items, sorted by item and hour; `items` (kind, item) are numbered by row."""

    items: pl.DataFrame
    item: Ints
    hour: Ints
    posts: Floats
    people: Floats
    size: int  # hours

    def sums(self, values: Floats, item: Ints, first: Ints, last: Ints) -> Floats:
        """Sum `values` over the hours first <= h < last of each given item."""
        key = self.item * self.size + self.hour
        total = np.concatenate([[0.0], np.cumsum(values)])
        low = np.searchsorted(key, item * self.size + np.clip(first, 0, self.size))
        high = np.searchsorted(key, item * self.size + np.clip(last, 0, self.size))
        return np.asarray(total[high] - total[low])

    def series(self, values: Floats, item: int) -> Floats:
        """One item's values, hour by hour."""
        low, high = np.searchsorted(self.item, [item, item + 1])
        dense = np.zeros(self.size)
        dense[self.hour[low:high]] = values[low:high]
        return dense


def count_table(counts: pl.DataFrame, hours: Hours, least: int) -> Counts:
    """Number the items that have at least `least` people in covered hours; people are at most posts, by weight."""
    limit = "weight" if "weight" in counts.columns else "posts"
    covered = pl.DataFrame({"hour": np.flatnonzero(hours.covered)})
    rows = (
        counts.lazy()
        .with_columns(hour=hours.number(pl.col("at")))
        .join(covered.lazy(), on="hour", how="semi")
        .group_by("kind", "item", "hour")
        .agg(
            posts=pl.col("posts").sum(),
            people=pl.min_horizontal(pl.col(limit).sum(), pl.col("accounts").sum()),
        )
        .filter((pl.col("people") > 0) & (pl.col("people").sum().over("kind", "item") >= least))
        .sort("kind", "item", "hour")
        .collect()
    )
    items = rows.select("kind", "item").unique(maintain_order=True)
    number = rows.select((pl.struct("kind", "item").rle_id()).alias("n"))["n"]
    return Counts(
        items,
        number.to_numpy().astype(np.int64),
        rows["hour"].to_numpy().astype(np.int64),
        rows["posts"].to_numpy().astype(np.float64),
        rows["people"].to_numpy().astype(np.float64),
        hours.size,
    )


def raised_windows(
    table: Counts, rhythm: Rhythm, min_accounts: int, min_surprise: float, min_ratio: float
) -> pl.DataFrame:
    """Find each item's most surprising windows, `APART` from each other: n, first, width, rate, surprise."""
    weight = np.concatenate([[0.0], np.cumsum(rhythm.base)])
    every = np.bincount(table.item, table.people)[table.item]
    looks = np.log10(table.items.height * table.size * len(WIDTHS))
    parts = []
    for width in WIDTHS:
        people = table.sums(table.people, table.item, table.hour, table.hour + width)
        some = np.flatnonzero(people >= min_accounts)
        item, first = table.item[some], table.hour[some]
        last = np.minimum(first + width, table.size)
        near_first, near_last = np.maximum(first - BEFORE, 0), np.minimum(last + AFTER, table.size)
        outside = every[some] - table.sums(table.people, item, near_first, near_last)
        exposure = weight[-1] - (weight[near_last] - weight[near_first])
        rate = (outside + 0.5) / np.maximum(exposure, 1.0)
        expected = rate * _own_weight(rhythm, item, first, last, width)
        found = people[some]
        surprise = tail_bound(found, expected, rhythm.spread[item]) / np.log(10.0) - looks
        good = (found >= min_ratio * expected) & (surprise >= min_surprise) & (exposure >= LEAST_OUTSIDE)
        part = {"n": item, "first": first, "width": last - first, "rate": rate, "surprise": surprise}
        parts.append(pl.DataFrame(part).filter(pl.Series(good)))
    return _spaced(pl.concat(parts))


def tail_bound(found: Floats, expected: Floats, spread: Floats) -> Floats:
    """Bound -ln P(X >= found) from below for counts above their mean.

    H. Chernoff's bound (1952) for the negative binomial with variance `spread` x mean, the Poisson where that
    is 1. Exact enough to rank, and it does not underflow.
    """
    size = expected / np.maximum(spread - 1.0, 1e-6)
    bound = found * np.log(found / expected) - (found + size) * np.log((found + size) / (expected + size))
    return np.asarray(np.where(found > expected, np.maximum(bound, 0.0), 0.0))


def delimit(windows: pl.DataFrame, table: Counts, rhythm: Rhythm, hours: Hours) -> pl.DataFrame:
    """Give each window its burst: kind, item, first, last (excluded), peak (hours), posts, expected, surprise."""
    rows = []
    for number, first, width, rate, surprise in windows.iter_rows():
        low, high = max(first - 24, 0), min(first + width + 72, table.size)
        people = table.series(table.people, number)[low:high]
        usual = rate * rhythm.weigh(number, low, high)
        window = slice(first - low, first - low + width)
        factor = max(people[window].sum() / max(usual[window].sum(), 1e-9), 2.0)
        marked = raised_hours(people[None], usual[None], np.array([factor]), np.log(table.size))[0]
        run = best_run(marked, people * np.log(factor) - (factor - 1.0) * usual)
        if run is None:
            continue
        start, end = run
        posts = table.series(table.posts, number)[low:high]
        peak = start + int(np.argmax(posts[start:end]))
        kind, item = table.items.row(number)
        rows.append(
            (
                kind,
                item,
                low + start,
                low + end,
                low + peak,
                int(posts[start:end].sum()),
                float(usual[start:end].sum()),
                surprise,
            )
        )
    found = pl.DataFrame(rows, schema=RISEN, orient="row").sort(
        "surprise", descending=True, maintain_order=True
    )
    return found.unique(["kind", "item", "first"], keep="first", maintain_order=True)


def _own_weight(rhythm: Rhythm, item: Ints, first: Ints, last: Ints, width: int) -> Floats:
    total = np.zeros(len(item))
    for step in range(width):
        hour = np.minimum(first + step, len(rhythm.base) - 1)
        weight = rhythm.base[hour] * rhythm.own[item, rhythm.week_hour[hour]]
        total += np.where(first + step < last, weight, 0.0)
    return np.maximum(total, 1e-6)


def _spaced(windows: pl.DataFrame) -> pl.DataFrame:
    """Keep the most surprising window of each item, then others that begin `APART` hours from those kept."""
    ordered = windows.sort(["surprise", "n", "first", "width"], descending=[True, False, False, False])
    taken: dict[int, list[int]] = {}
    keep = []
    for number, first in ordered.select("n", "first").iter_rows():
        others = taken.setdefault(number, [])
        free = all(abs(first - other) >= APART for other in others)
        keep.append(free)
        if free:
            others.append(first)
    return ordered.filter(pl.Series(keep, dtype=pl.Boolean))
