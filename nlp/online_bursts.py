"""Bursts of one series as they would have been reported live: when each began, peaked and was half over."""

from __future__ import annotations

import numpy as np
import polars as pl

from nlp.seasonal_test import SeasonalTest

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "start": pl.Datetime("us", "UTC"),
    "peak": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "value": pl.Float64,
    "expected": pl.Float64,
    "score": pl.Float64,
}


def online_bursts(series: pl.DataFrame, test: SeasonalTest) -> pl.DataFrame:
    """Find bursts in a regular series `at`, `value` (null where not covered), in order of time.

    `value` is the peak within a day of the alarm, `expected` the level at the alarm, `score` the test's. The `end` is
    the first covered step behind the peak at which the excess over the expected is down to half of the peak's, or
    the last step.
    """
    values = series["value"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    expected, scores = test.expected(values), test.scores(values)
    rows = []
    for start in test.alarms(values).tolist():
        day = values[start : start + test.steps_a_day]
        peak = start + int(np.nanargmax(day))
        half = (values[peak] + expected[start]) / 2
        below = np.flatnonzero(values[peak + 1 :] < half)
        end = peak + 1 + int(below[0]) if len(below) else len(values) - 1
        at = [series["at"][place] for place in (start, peak, end)]
        rows.append((*at, float(values[peak]), float(expected[start]), float(scores[start])))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
