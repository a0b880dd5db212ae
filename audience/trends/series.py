"""Series of one item as answers: rounded counts, shares, gaps, the rhythm of the week, and search beside talk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from audience.trends.answers import Lead, Rhythm, TrendPoint, TrendSeries
from audience.trends.demand import Demand
from audience.trends.social import Social, day
from audience.window import every
from nlp.lead_lag import lead_lag
from nlp.seasonality import seasonality
from nlp.trends import HISTORY, series_with_gaps
from privacy.disclosure import Disclosure

# Up to this long a window is shown by the hour.
_BY_HOUR = timedelta(days=8)
_SEASON = {"hour": 24, "day": 7}
_MOST_LAG = {"hour": 48, "day": 14}


def demand_series(demand: Demand, name: str, since: datetime, until: datetime) -> TrendSeries:
    """Search interest of one source."""
    filled = series_with_gaps(demand.rows, demand.moments(since, until), demand.covered)
    points = [TrendPoint(at=at, value=value) for _, at, value in filled.iter_rows()]
    rhythm = None
    if demand.grain == "hour":
        whole = series_with_gaps(demand.rows, demand.moments(since - HISTORY, until), demand.covered)
        rhythm = _rhythm(whole)
    return _series(("keyword", name, name), demand.grain, demand.unit, points, demand.source, rhythm)


def social_series(
    social: Social, key: tuple[str, str], label: str, since: datetime, until: datetime, disclosure: Disclosure
) -> TrendSeries:
    """Posts about one (kind, item), by the hour up to eight days, else by the day."""
    grain = "hour" if until - since <= _BY_HOUR else "day"
    counted = social_counts(social, key, grain, since, until)
    totals = social.totals(grain)
    points = [
        _point(at, posts, people, totals.get(at, 0), disclosure)
        for at, posts, people in counted.select("at", "value", "accounts").iter_rows()
    ]
    hourly = social_counts(social, key, "hour", since - HISTORY, until)
    return _series((*key, label), grain, "posts", points, None, _rhythm(hourly))


def social_counts(
    social: Social, key: tuple[str, str], grain: str, since: datetime, until: datetime
) -> pl.DataFrame:
    """Posts of one item over all sources: at, value (null where not covered), accounts."""
    covered = social.covered if grain == "hour" else social.days_covered()
    moments: pl.Series = covered.filter((covered >= since) & (covered < until))
    if not moments.is_empty():
        moments = every(moments.min(), moments.max(), grain, closed="both")
    rows = social.rows.filter(
        pl.col("kind") == key[0], pl.col("item") == key[1], pl.col("grain") == grain
    ).select("item", "at", pl.col("posts").cast(pl.Float64).alias("value"), "accounts")
    people = rows.group_by("at").agg(pl.col("accounts").sum())
    filled = series_with_gaps(rows.drop("accounts"), moments, covered)
    joined = filled.join(people, on="at", how="left", maintain_order="left")
    return joined.with_columns(pl.col("accounts").fill_null(0)).drop("item")


def leads(
    demands: Sequence[Demand], social: Social, key: tuple[str, str], since: datetime, until: datetime
) -> list[Lead]:
    """Search of each source beside posts about one item, over the window and its past."""
    found = []
    for demand in demands:
        begin = since - HISTORY
        searched = series_with_gaps(demand.rows, demand.moments(begin, until), demand.covered)
        if demand.grain == "day":
            # A source's day may begin elsewhere than in Shanghai: it is compared with the day that holds most of it.
            searched = searched.with_columns(day(pl.col("at") + timedelta(hours=12)))
        talked = social_counts(social, key, demand.grain, begin, until)
        both = searched.join(talked, on="at", how="left", suffix="_posts", maintain_order="left")
        lag = lead_lag(
            _values(both["value_posts"]),
            _values(both["value"]),
            _SEASON[demand.grain],
            _MOST_LAG[demand.grain],
        )
        if lag is None:
            continue
        figures = {name: round(getattr(lag, name), 3) for name in _FIGURES}
        found.append(
            Lead.model_validate(
                {
                    "source": demand.source,
                    "grain": demand.grain,
                    "lag": lag.lag,
                    "low": lag.low,
                    "high": lag.high,
                    "pairs": lag.pairs,
                    "clear": lag.clear,
                    **figures,
                }
            )
        )
    return found


_FIGURES = ("correlation", "correlation_low", "correlation_high")


def _values(column: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(column.cast(pl.Float64).fill_null(np.nan).to_numpy(), dtype=np.float64)


def _point(at: datetime, posts: float | None, people: int, total: int, disclosure: Disclosure) -> TrendPoint:
    if posts is None:
        return TrendPoint(at=at, value=None)
    told, of = disclosure.rounded(int(posts)), disclosure.rounded(total)
    share = round(min(told / of, 1.0), 4) if of else None
    return TrendPoint(at=at, value=float(told), people=disclosure.count(people), share=share)


def _rhythm(hourly: pl.DataFrame) -> Rhythm | None:
    found = seasonality(hourly.select("at", "value"))
    if all(factor is None for factor in (*found.hours, *found.weekdays)):
        return None
    return Rhythm(hours=found.hours, weekdays=found.weekdays)


def _series(
    what: tuple[str, str, str],
    grain: str,
    unit: str,
    points: list[TrendPoint],
    source: str | None,
    rhythm: Rhythm | None,
) -> TrendSeries:
    missing = sum(point.value is None for point in points)
    return TrendSeries.model_validate(
        {
            **dict(zip(("kind", "item", "label"), what, strict=True)),
            "source": source,
            "grain": grain,
            "unit": unit,
            "covered": len(points) - missing,
            "missing": missing,
            "rhythm": rhythm,
            "points": points,
        }
    )
