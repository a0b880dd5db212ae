"""Who left one account for another between two moments, where follower lists were read at both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from graph.intervals import wilson

_FEWEST, _LEAST_SHARE = 20, 0.05


@dataclass(frozen=True, slots=True)
class Churn:
    """Followers of one account at two readings of its list: how many there were, stayed, left and came.

    ``left_share`` is of ``before``, corrected for the share of followers that the later list shows, with its 95 %
    interval. ``now_with`` counts, by account, those who left and follow it at the end; ``went_to`` those of them who were
    not seen to follow it at the start.
    """

    start: date
    end: date
    before: int
    stayed: int
    left: int
    came: int
    left_share: float
    low: float
    high: float
    now_with: dict[str, int]
    went_to: dict[str, int]


def readings(own: pl.DataFrame) -> list[date]:
    """The days on which the list of one account was read, oldest first.

    ``own``: first_at and last_at of its follows (the first and the last time each was seen). A reading shows as a day on
    which many follows were seen for the first or the last time: at least 20 and one in twenty. One that changed nothing
    doesn't show, and isn't needed.
    """
    least = max(_FEWEST, _LEAST_SHARE * own.height)
    days = pl.concat([own["first_at"].dt.date().alias("day"), own["last_at"].dt.date().alias("day")])
    counted = days.to_frame().group_by("day").len().filter(pl.col("len") >= least)
    return counted["day"].sort().to_list()


def churn(
    follows: pl.DataFrame,
    account: str,
    others: list[str],
    since: date,
    until: date,
    seen: float = 1.0,
) -> Churn | None:
    """Compare the followers of ``account`` at the readings nearest to two days; None where there are no two readings.

    ``follows``: src, dst, first_at, last_at. The earlier reading is the last up to ``since``, or else the first; the
    later one the last up to ``until``. A follow that the later reading doesn't show has ended, or was overlooked: ``seen``
    (0 to 1) is the share of followers that it shows, so of n followers (1 - seen) n are missing though they stayed.
    """
    own = follows.filter(pl.col("dst") == account)
    days = readings(own)
    start = max((day for day in days if day <= since), default=min(days, default=until))
    end = max((day for day in days if day <= until), default=start)
    if end <= start:
        return None
    then, now = own.filter(stood(start)), own.filter(stood(end))
    stayed = then.join(now, on="src", how="semi").height
    gone = then.join(now, on="src", how="anti").select("src")
    low, high = wilson(stayed, then.height)
    return Churn(
        start=start,
        end=end,
        before=then.height,
        stayed=stayed,
        left=gone.height,
        came=now.join(then, on="src", how="anti").height,
        left_share=_left(stayed / then.height if then.height else 1.0, seen),
        low=_left(high, seen),
        high=_left(low, seen),
        **_destinations(follows, gone, others, start, end),
    )


def _destinations(
    follows: pl.DataFrame, gone: pl.DataFrame, others: list[str], start: date, end: date
) -> dict[str, dict[str, int]]:
    elsewhere = follows.join(gone, on="src", how="semi").filter(pl.col("dst").is_in(others), stood(end))
    with_them = dict(elsewhere.group_by("dst").len().iter_rows())
    went = dict(elsewhere.filter(~stood(start)).group_by("dst").len().iter_rows())
    return {
        "now_with": {other: with_them.get(other, 0) for other in others},
        "went_to": {other: went.get(other, 0) for other in others},
    }


def stood(day: date) -> pl.Expr:
    """Whether a follow was there on a day: seen first by its end, and last on it or later."""
    return (pl.col("first_at").dt.date() <= day) & (pl.col("last_at").dt.date() >= day)


def _left(stayed_share: float, seen: float) -> float:
    return min(1.0, max(0.0, 1.0 - stayed_share / seen))
