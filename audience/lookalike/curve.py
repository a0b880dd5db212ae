"""Reach against similarity: how far down the list still pays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audience.lookalike.answers import CurvePoint
from audience.lookalike.holdout import Trial
from audience.lookalike.ranking import Bools, Floats, Ranker

_POINTS = 10


class Curve:
    """The order of a list, from its first to its last ``rows``, laid over the order of the hold-out.

    Who may not be listed is passed over by the list, but the hold-out has them: a list goes further down there.
    """

    def __init__(self, trial: Trial, ranker: Ranker, rows: NDArray[np.int64], seeds: Bools) -> None:
        self._trial, self._scores = trial, ranker.scores
        self._order = rows[np.lexsort((rows, -ranker.scores[rows]))]
        self._everybody = np.sort(ranker.scores[~seeds])

    def depth(self, reach: int) -> int:
        """How many of those who are no seeds are as similar as the last of the first ``reach``, or more."""
        last = self._scores[self._order[min(reach, len(self._order)) - 1]]
        return int(len(self._everybody) - np.searchsorted(self._everybody, last, side="left"))

    def points(self, similarity: Floats, least: int, size: int) -> list[CurvePoint]:
        """About ten reaches, evenly spaced by ratio from ``least`` to all; ``size`` is one. ``similarity``: 0 to 1."""
        spaced = np.geomspace(least, len(self._order), _POINTS).round().astype(int)
        reaches = np.unique([*spaced, min(size, len(self._order))]).tolist()
        return [self._point(reach, float(similarity[self._order[reach - 1]])) for reach in reaches]

    def _point(self, reach: int, similarity: float) -> CurvePoint:
        reached = self._trial.reached(self.depth(reach))
        found, found_low, found_high = reached.found
        lift, lift_low, lift_high = reached.lift
        return CurvePoint(
            reach=reach,
            similarity=round(similarity, 4),
            found=found,
            found_low=found_low,
            found_high=found_high,
            lift=lift,
            lift_low=lift_low,
            lift_high=lift_high,
        )
