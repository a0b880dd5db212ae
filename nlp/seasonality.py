"""When an item is talked about: by hour of the day and by day of the week, from the covered hours alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

LEAST_DAYS = 3  # covered days that an hour of the day needs, and weeks' days that a weekday needs two of
_CUT = 98.0  # percentile of the hours at which a burst is cut, so that one event is no rhythm


@dataclass(frozen=True, slots=True)
class Seasonality:
    """Factors around 1 of the 24 hours and 7 weekdays (Monday first); None where too little was covered."""

    hours: list[float | None]
    weekdays: list[float | None]


def seasonality(series: pl.DataFrame, zone: str = "Asia/Shanghai") -> Seasonality:
    """Factors of a series `at` (UTC hours), `value` (null where not covered).

    An hour of the day is shown where three days covered it; a weekday where two such days were covered, each judged
    by its hours against what those hours usually hold, so that a day of which only the night was collected is not low.
    """
    local = pl.col("at").dt.convert_time_zone(zone)
    rows = series.drop_nulls("value").select(
        local.dt.hour().alias("hour"),
        (local.dt.weekday() - 1).alias("weekday"),
        local.dt.date().alias("day"),
        "value",
    )
    nothing = Seasonality([None] * 24, [None] * 7)
    if rows.is_empty() or not float(rows["value"].sum()):
        return nothing
    cut = max(float(np.percentile(rows["value"].to_numpy(), _CUT)), 1.0)
    rows = rows.with_columns(pl.col("value").clip(upper_bound=cut))
    means = rows.group_by("hour").agg(pl.col("value").mean().alias("usual"), pl.len().alias("days"))
    known = means.filter(pl.col("days") >= LEAST_DAYS)
    level = float(np.mean(known["usual"].to_numpy())) if known.height else 0.0
    if not level:
        return nothing
    by_hour = {hour: usual / level for hour, usual in known.select("hour", "usual").iter_rows()}
    days = (
        rows.join(known, on="hour")
        .group_by("weekday", "day")
        .agg(pl.col("value").sum(), pl.col("usual").sum(), pl.len().alias("hours"))
        .filter(pl.col("hours") >= 6)
        .group_by("weekday")
        .agg(pl.len().alias("days"), (pl.col("value").sum() / pl.col("usual").sum()).alias("factor"))
        .filter(pl.col("days") >= 2)
    )
    by_day = dict(days.select("weekday", "factor").iter_rows())
    return Seasonality(
        [_round(by_hour.get(hour)) for hour in range(24)], [_round(by_day.get(number)) for number in range(7)]
    )


def _round(factor: float | None) -> float | None:
    return None if factor is None else round(factor, 2)
