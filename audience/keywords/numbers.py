"""The numbers of keyword research: shares, factors and search volumes, each with how certain it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import polars as pl

from audience.keywords.answers import Change, Direction, Share
from graph.intervals import wilson
from lake.store import Lake
from nlp.keywords import monotone

UNKNOWN = Change(direction="unknown")
_DAYS, _LEAST_DAYS = 28, 8
_CERTAIN = 1.96


def volumes(lake: Lake, terms: Sequence[str], since: datetime) -> dict[str, tuple[float, Change]]:
    """Searches a day of each term over the last four weeks that were collected since then, and where they go.

    Of several sources, whose units differ, the one that was collected last.
    """
    if not lake.exists("keywords"):
        return {}
    wanted = pl.col("term").is_in(terms) & (pl.col("at") >= since)
    rows = lake.read("keywords", columns=["source", "term", "at", "grain", "volume"], where=wanted)
    rows = rows.filter(pl.col("grain") == "day").drop_nulls("volume").sort("at")
    found: dict[str, tuple[float, Change]] = {}
    parts = rows.partition_by("term", "source", maintain_order=True)
    for part in sorted(parts, key=lambda part: part["at"][-1], reverse=True):
        days = part["volume"].tail(_DAYS).to_numpy()
        z, factor = monotone(days)
        change = UNKNOWN
        if len(days) >= _LEAST_DAYS:
            change = Change(direction=_way(z > _CERTAIN, z < -_CERTAIN), factor=round(factor**7, 3))
        found.setdefault(str(part["term"][0]), (round(float(np.mean(days)), 2), change))
    return found


def share_of(part: int, of: int | None) -> Share | None:
    """A share with its interval; None of nothing."""
    if not of:
        return None
    part = min(part, of)
    low, high = wilson(part, of)
    return Share(value=round(part / of, 4), low=round(low, 4), high=round(high, 4))


def factor_of(recent: int, before: int, all_recent: int, all_before: int) -> Change:
    """The ratio of two rates with its 95 % interval: given their sum, one count is binomial (Wilson's interval)."""
    if not (recent + before and all_recent and all_before):
        return UNKNOWN
    scale = all_before / all_recent
    low, high = (share / max(1 - share, 1e-9) * scale for share in wilson(recent, recent + before))
    factor = recent / before * scale if before else None
    return Change(
        direction=_way(low > 1, high < 1),
        factor=None if factor is None else round(factor, 3),
        low=round(low, 3),
        high=round(high, 3),
    )


def _way(up: bool, down: bool) -> Direction:
    return "rising" if up else "falling" if down else "steady"
