"""The benchmark of campaigns on a small part: its simulated effect is known, and its figures say what they should."""

from __future__ import annotations

import numpy as np

from bench.campaigns.lift import coverage
from bench.campaigns.orders import orders
from bench.campaigns.people import population


def test_the_planted_effect_is_known() -> None:
    traits, alone, reached = population(np.random.default_rng(1), 20_000)
    moved = reached - alone
    assert 0.02 < moved.mean() < 0.04
    assert np.corrcoef(traits[:, 2], moved)[0, 1] > 0.5
    assert np.corrcoef(alone, moved)[0, 1] < 0.1


def test_figures_of_a_small_part() -> None:
    covered = {figure.metric: figure for figure in coverage(100)}
    at_least = covered["95 % interval holds the true lift, at least"]
    assert at_least.low is not None
    assert at_least.high is not None
    assert at_least.low < 0.95 < at_least.high + 0.02
    [judged, beyond, _] = orders(3)
    assert judged.peer_value is not None
    assert judged.value > judged.peer_value
    assert beyond.ok
