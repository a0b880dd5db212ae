"""The online burst test: finds what is planted, once, from the past alone; gaps and short series say nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from nlp.online_bursts import online_bursts
from nlp.seasonal_test import SeasonalTest

DAYS = 30
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def talk(seed: int, days: int = DAYS, level: float = 20.0) -> Floats:
    """Hourly counts with a rhythm of the day that goes from a tenth to twice its mean."""
    hours = np.arange(days * 24)
    rate = level * (1.05 + 0.95 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi))
    return np.random.default_rng(seed).poisson(rate).astype(np.float64)


def test_a_planted_burst_alarms_once_at_its_beginning() -> None:
    values = talk(1)
    values[500:512] += 400
    assert SeasonalTest().alarms(values).tolist() == [500]


@pytest.mark.parametrize("seed", range(5))
def test_a_rhythm_alone_is_no_burst(seed: int) -> None:
    assert SeasonalTest().alarms(talk(seed)).tolist() == []


def test_what_comes_later_changes_no_score_before_it() -> None:
    values = talk(2)
    before = SeasonalTest().scores(values[:400])
    values[400:] *= 50
    np.testing.assert_array_equal(before, SeasonalTest().scores(values)[:400])


def test_a_gap_is_no_drop_and_its_end_no_rise() -> None:
    values = talk(3)
    values[300:390] = np.nan
    test = SeasonalTest()
    assert np.isnan(test.scores(values)[300:390]).all()
    assert test.alarms(values).tolist() == []
    values[300:390] = 0.0  # read as zeros, the end of the gap would look like a jump
    assert test.scores(values)[390:400].max() > test.scores(talk(3))[390:400].max()


def test_a_new_level_is_followed_within_days() -> None:
    values = talk(4)
    values[400:] += 150
    alarms = SeasonalTest().alarms(values)
    assert alarms[0] == 400
    assert (alarms < 424).all()


def test_a_series_that_often_jumps_must_jump_higher() -> None:
    calm, wild = talk(5), talk(5)
    wild[30:500:31] += 200
    for values in (calm, wild):
        values[600] += 200
    test = SeasonalTest()
    assert 600 in test.alarms(calm)
    assert 600 not in test.alarms(wild)


@pytest.mark.parametrize("size", [0, 1, 23, 24])
def test_less_than_a_day_says_nothing(size: int) -> None:
    assert SeasonalTest().alarms(np.full(size, 7.0)).tolist() == []
    assert np.isnan(SeasonalTest().scores(np.full(size, 7.0))).all()


def test_silence_is_no_division_by_zero() -> None:
    values = np.zeros(24 * 10)
    values[200] = 8
    assert SeasonalTest().alarms(values).tolist() == [200]
    assert SeasonalTest().alarms(np.full(24 * 10, np.nan)).tolist() == []


def test_bursts_of_a_series_have_start_peak_and_end() -> None:
    values = talk(6)
    values[500:506] += np.array([300, 500, 400, 300, 200, 100])
    at = [datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(len(values))]
    moments = pl.Series("at", at, dtype=pl.Datetime("us", "UTC"))
    series = pl.DataFrame([moments, pl.Series("value", values)]).with_columns(
        pl.when(pl.int_range(pl.len()).is_between(440, 450)).then(None).otherwise("value").alias("value")
    )
    found = online_bursts(series, SeasonalTest())
    assert found.select("start", "peak", "end").rows() == [(at[500], at[501], at[504])]
    burst = found.row(0, named=True)
    assert burst["value"] > 500 > 60 > burst["expected"]
    assert online_bursts(series.clear(), SeasonalTest()).is_empty()
