"""Lead or lag of two series, and the rhythm of one: what was planted is found, gaps and noise are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from nlp.lead_lag import lead_lag
from nlp.seasonality import seasonality

HOURS = 24 * 21
START = datetime(2026, 5, 3, 16, tzinfo=UTC)  # Monday, midnight in Shanghai
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


def wave(seed: int) -> Floats:
    random = np.random.default_rng(seed)
    smooth = np.convolve(random.normal(size=HOURS + 20), np.ones(8) / 3, mode="same")[:HOURS]
    rhythm = 1 + 0.8 * np.sin(np.arange(HOURS) / 24 * 2 * np.pi)
    return np.asarray(np.exp(2 + smooth) * rhythm)


@pytest.mark.parametrize("lag", [-9, 0, 5])
def test_a_planted_lag_is_found_with_its_interval(lag: int) -> None:
    social = wave(1)
    search = np.roll(social, lag) * 1000
    found = lead_lag(social, search, season=24, most=24)
    assert found is not None
    assert found.lag == lag
    assert found.low <= lag <= found.high
    assert found.high - found.low <= 4
    assert found.clear
    assert found.correlation > 0.8


def test_gaps_change_nothing() -> None:
    social, search = wave(2), np.roll(wave(2), 4)
    social[100:160] = np.nan
    search[300:340] = np.nan
    found = lead_lag(social, search, season=24, most=24)
    assert found is not None
    assert found.lag == 4
    assert found.pairs < HOURS - 90


@pytest.mark.parametrize("seed", range(4))
def test_a_common_rhythm_alone_is_no_lead(seed: int) -> None:
    rhythm = 50 * (1.1 + np.sin(np.arange(HOURS) / 24 * 2 * np.pi))
    random = np.random.default_rng(seed)
    one, other = (random.poisson(rhythm).astype(np.float64) for _ in range(2))
    found = lead_lag(one, other, season=24, most=24)
    assert found is None or not found.clear


def test_too_little_in_common_says_nothing() -> None:
    assert lead_lag(wave(3)[:48], wave(4)[:48], season=24, most=24) is None
    gone = wave(3)
    gone[:] = np.nan
    assert lead_lag(gone, wave(4), season=24, most=24) is None
    assert lead_lag(np.zeros(HOURS), wave(4), season=24, most=24) is None
    assert lead_lag(np.zeros(0), np.zeros(0), season=24, most=3) is None
    assert lead_lag(wave(3)[:1], wave(4)[:1], season=7, most=14) is None


def hourly(values: list[float | None]) -> pl.DataFrame:
    at = [START + timedelta(hours=hour) for hour in range(len(values))]
    return pl.DataFrame(
        {"at": at, "value": values}, schema={"at": pl.Datetime("us", "UTC"), "value": pl.Float64}
    )


def test_hours_and_weekdays_are_told_with_a_burst_cut() -> None:
    values = [
        (12.0 if hour % 24 == 20 else 4.0) * (2.0 if hour // 24 % 7 >= 5 else 1.0) for hour in range(HOURS)
    ]
    values[200] = 5000.0
    found = seasonality(hourly(list(values)))
    assert found.hours[20] == max(factor for factor in found.hours if factor)
    assert found.hours[20] == pytest.approx(2.6, abs=0.4)
    weekend, week = found.weekdays[5], found.weekdays[1]
    assert weekend is not None
    assert week is not None
    assert weekend / week == pytest.approx(2.0, abs=0.3)


def test_an_hour_never_collected_is_unknown_and_a_part_of_a_day_is_not_low() -> None:
    gaps: list[float | None] = [
        None if hour % 24 == 8 or (hour // 24 == 9 and hour % 24 > 9) else 3.0 + (hour % 24 >= 12) * 9.0
        for hour in range(HOURS)
    ]
    found = seasonality(hourly(gaps))
    assert found.hours[8] is None
    assert None not in found.weekdays
    assert all(factor == pytest.approx(1.0, abs=0.05) for factor in found.weekdays)


@pytest.mark.parametrize("values", [[], [None] * 50, [0.0] * 500, [5.0] * 24])
def test_too_little_tells_no_rhythm(values: list[float | None]) -> None:
    found = seasonality(hourly(values))
    assert set(found.hours) == set(found.weekdays) == {None}
