"""Bursts: when the talk about something rises above what its own past and the hour of the week explain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

import numpy as np
import polars as pl

from nlp.burst_events import SCHEMA, crowds, events, united
from nlp.burst_windows import RISEN, count_table, delimit, raised_windows
from nlp.rhythm import Hours, hour_rhythm

ITEM_CROWD = 4  # people that an item of an event needs at least


def find_bursts(
    counts: pl.DataFrame,
    covered: pl.Series | Mapping[str, pl.Series],
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    totals: pl.DataFrame | None = None,
    postings: pl.DataFrame | None = None,
    min_accounts: int | None = None,
    min_surprise: float = 4.0,
    min_ratio: float = 3.0,
) -> pl.DataFrame:
    """Find bursts between `start` and `end` (whole hours, UTC); one row an event, most surprising first.

    Without `start` or `end` the first and last covered hour bound the search.

    `counts` has kind, item, at (hour), posts and accounts (different people in that hour), only where there
    were any. `covered` holds the hours in which collection ran: the others say nothing, neither a drop
    nor a rise. `totals` (at, posts) is all talk an hour; without it the sum over items stands for it.
    `postings` (kind, item, at, post, account), where given, lets people be counted over a whole burst, and items
    be joined to one event when they share posts; without it items that start together are one event.

    `covered` may be given by source; then `counts`, `totals` and `postings` have a column `source`, each source is
    judged by its own rhythm, rates and covered hours, so that a new source is no rise, and what rose in several at once
    is one burst. A column `weight` of `counts`, below `posts` where near-duplicates count less, bounds the people.

    `min_accounts` is how many people make a crowd; None takes half the root of a day's posts, at most
    20 and at least 5 (8 without `postings`).
    Tested are people, not posts, so that one loud account is no crowd. A window of 3 to 24 hours is
    expected to hold the item's rate outside the window and its surroundings, times the hour-of-week rhythm.
    The chance of as many comes from the Chernoff bound of the negative binomial with the item's own
    dispersion; `surprise` is -log10 of it after multiplying by the number of windows looked at
    (Bonferroni). Start and end come from a two-state automaton (J. Kleinberg, "Bursty and Hierarchical
    Structure in Streams", KDD 2002). `related` names the other items that rose in the same event.
    """
    by_source: dict[str | None, pl.Series] = {None: covered} if isinstance(covered, pl.Series) else {}
    if isinstance(covered, Mapping):
        by_source.update(covered.items())
    every = pl.concat([pl.Series("at", [], dtype=pl.Datetime("us", "UTC")), *by_source.values()])
    if every.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    first = start if start is not None else cast(datetime, every.min())
    last = end if end is not None else cast(datetime, every.max()) + timedelta(hours=1)
    hours = Hours.between(first, last, every)
    pool = totals if totals is not None else _totals(counts)
    crowd = (
        min_accounts if min_accounts is not None else _crowd(pool, hours, least=8 if postings is None else 5)
    )
    # Where people are known, an event needs the crowd, one of its items only part of it.
    part = crowd if postings is None else max(ITEM_CROWD, round(crowd * 0.6))
    risen = [
        _risen(
            _of(source, counts),
            _of(source, pool),
            Hours.between(first, last, seen),
            part,
            min_surprise,
            min_ratio,
        )
        for source, seen in by_source.items()
    ]
    together = united(pl.concat(risen))
    if together.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    known = None if postings is None else crowds(together, postings, hours)
    return events(together, hours, known, crowd)


def _risen(
    counts: pl.DataFrame, pool: pl.DataFrame, hours: Hours, part: int, min_surprise: float, min_ratio: float
) -> pl.DataFrame:
    """The bursts of each item in one source."""
    table = count_table(counts, hours, least=part)
    if not len(table.item):
        return pl.DataFrame(schema=RISEN)
    rhythm = hour_rhythm(hours, pool, table.items.height, table.item, table.hour, table.people)
    windows = raised_windows(table, rhythm, part, min_surprise, min_ratio)
    return delimit(windows, table, rhythm, hours)


def _of(source: str | None, frame: pl.DataFrame) -> pl.DataFrame:
    return frame if source is None else frame.filter(pl.col("source") == source)


def _totals(counts: pl.DataFrame) -> pl.DataFrame:
    return counts.group_by("at", *(["source"] if "source" in counts.columns else [])).agg(
        pl.col("posts").sum()
    )


def _crowd(pool: pl.DataFrame, hours: Hours, least: int) -> int:
    a_day = float(pool["posts"].sum()) / max(int(hours.covered.sum()), 1) * 24.0
    return int(np.clip(round(0.5 * a_day**0.5), least, 20))
