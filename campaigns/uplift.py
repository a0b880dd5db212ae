"""Whom a contact moves: scores of uplift learned from a test, and the qini curve that judges any order of people.

The curve is that of N. J. Radcliffe, "Using control groups to target on predicted lift" (2007): down the list, conversions
of the test arm beyond what the control arm of the same stretch tells to expect. Scores are cross-fitted: nobody's own
outcome is in the model that scores them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_Fit = Callable[[Floats, Bools, Bools, Floats], Floats]
FOLDS = 5
POINTS = 10
_RESAMPLES = 200
_SEED = 7


@dataclass(frozen=True, slots=True)
class Qini:
    """A curve: incremental conversions at each tenth of the list, and its area over that of a random order.

    ``coefficient`` is that area a person of the test arm, with its 95 % interval by bootstrap: 0 is chance.
    """

    gains: list[float]
    coefficient: float
    low: float
    high: float


def uplift_scores(features: Floats, tested: Bools, converted: Bools) -> Floats:
    """How much likelier each person converts if contacted, by a logistic model with arm, traits and their products."""
    return _cross_fitted(features, tested, converted, _uplift)


def response_scores(features: Floats, tested: Bools, converted: Bools) -> Floats:
    """How likely each person converts, learned from who was contacted and bought: what a response model does."""
    return _cross_fitted(features, tested, converted, _response)


def _uplift(rows: Floats, tested: Bools, converted: Bools, asked: Floats) -> Floats:
    def design(traits: Floats, arm: Floats) -> Floats:
        return np.hstack([traits, arm[:, None], traits * arm[:, None]])

    model = _logistic(design(rows, np.where(tested, 0.5, -0.5)), converted)
    half = np.full(len(asked), 0.5)
    reached, left_alone = (model.predict_proba(design(asked, arm))[:, 1] for arm in (half, -half))
    return np.asarray(reached - left_alone)


def _response(rows: Floats, tested: Bools, converted: Bools, asked: Floats) -> Floats:
    return np.asarray(_logistic(rows[tested], converted[tested]).predict_proba(asked)[:, 1])


def _cross_fitted(features: Floats, tested: Bools, converted: Bools, fit: _Fit) -> Floats:
    """Scores of each fold by a model of the others; 0 where a fold's rest holds no outcome to learn from."""
    spread = features.std(axis=0)
    rows = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1)
    fold = np.random.default_rng(_SEED).permutation(len(rows)) % FOLDS
    scores = np.zeros(len(rows))
    for number in range(FOLDS):
        own, rest = fold == number, fold != number
        arms = [converted[rest & arm] for arm in (tested, ~tested)]
        if all(0 < arm.sum() < len(arm) for arm in arms):
            scores[own] = fit(rows[rest], tested[rest], converted[rest], rows[own])
    return scores


def qini(scores: Floats, tested: Bools, converted: Bools) -> Qini:
    """Judge an order of people, best first; ties stand in a seeded random order."""
    rng = np.random.default_rng(_SEED)
    order = np.lexsort((rng.random(len(scores)), -scores))
    arm, outcome = tested[order], converted[order]
    gains = _curve(arm, outcome)
    marks = np.linspace(0, len(scores), POINTS + 1).round().astype(int)[1:]
    areas = []
    for _ in range(_RESAMPLES):
        drawn = np.bincount(rng.integers(0, len(scores), len(scores)), minlength=len(scores))
        rows = np.repeat(np.arange(len(scores)), drawn)
        areas.append(_area(_curve(arm[rows], outcome[rows]), int(arm[rows].sum())))
    low, high = np.quantile(areas, (0.025, 0.975))
    return Qini(
        [round(float(gains[mark - 1]), 3) for mark in marks],
        round(_area(gains, int(arm.sum())), 6),
        round(float(low), 6),
        round(float(high), 6),
    )


def _curve(arm: Bools, outcome: Bools) -> Floats:
    """Incremental conversions in the test arm after each person of the list."""
    tested, control = np.cumsum(arm), np.cumsum(~arm)
    bought, anyway = np.cumsum(arm & outcome), np.cumsum(~arm & outcome)
    scale = np.divide(tested, control, out=np.zeros(len(arm)), where=control > 0)
    return np.asarray(bought - anyway * scale, dtype=np.float64)


def _area(gains: Floats, tested: int) -> float:
    """Mean height of the curve over the straight line to its end, a person of the test arm."""
    if not tested:
        return 0.0
    line = gains[-1] * np.arange(1, len(gains) + 1) / len(gains)
    return float((gains - line).mean() / tested)


def _logistic(rows: Floats, outcome: Bools) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.05, max_iter=500).fit(rows, outcome)
