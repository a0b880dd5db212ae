"""The score of detections in labelled windows, against values worked out from its definition by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from bench.language.nab import Labelled, normalised
from tests.api.renqun_process import renqun

TWEETS = Path(__file__).parents[3] / "shared/data/nab"


def alarms(*at: int, size: int = 1000) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    found = np.zeros(size, np.bool_)
    found[list(at)] = True
    return found


def sigmoid(position: float) -> float:
    return 2 / (1 + math.exp(5 * position)) - 1


def test_no_detection_misses_every_window_and_the_earliest_detection_is_perfect() -> None:
    series = Labelled.of(1000, [(300, 349), (700, 799)])
    assert series.score(alarms()) == -2
    assert series.score(alarms(300, 700)) == pytest.approx(2)
    assert normalised(np.array([-2.0]), np.array([2.0])) == 0
    assert normalised(np.array([2.0]), np.array([2.0])) == 100


def test_only_the_earliest_detection_counts_and_late_ones_are_worth_less() -> None:
    series = Labelled.of(1000, [(300, 349)])
    late = series.score(alarms(325))
    assert late == pytest.approx(sigmoid(-25 / 50) / sigmoid(-1))
    assert series.score(alarms(325, 340)) == pytest.approx(late)
    assert 0 < series.score(alarms(349)) < late


def test_a_false_alarm_costs_less_just_behind_a_window_than_far_away() -> None:
    series = Labelled.of(1000, [(300, 349)])
    assert series.score(alarms(300, 351)) == pytest.approx(1 + 0.11 * sigmoid(2 / 49))
    assert series.score(alarms(300, 900)) == pytest.approx(1 - 0.11)
    assert series.score(alarms(200, 300)) == pytest.approx(1 - 0.11)


def test_the_steps_for_learning_count_for_nothing() -> None:
    series = Labelled.of(1000, [(100, 120), (300, 349)])
    assert series.learning == 150
    assert series.score(alarms(10, 100, 140)) == -1  # the first window lies within, the second is missed
    assert Labelled.of(20_000, []).learning == 750


@pytest.mark.skipif(not TWEETS.exists(), reason="the shared data folder is absent: nothing to measure on")
def test_the_burst_test_reaches_its_quality() -> None:
    done = renqun("bench", "language", "--only", "bursts", "--json")
    assert done.returncode == 0, done.stderr
    left_out, shipped = json.loads(done.stdout)
    assert left_out["value"] >= 55
    assert left_out["value"] > left_out["peer_value"]
    assert left_out["low"] < left_out["value"] < left_out["high"]
    assert shipped["value"] >= 55
