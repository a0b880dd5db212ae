"""Reach against similarity: how far down the list still pays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audience.lookalike.answers import CurvePoint
from audience.lookalike.holdout import Trial
from audience.lookalike.ranking import Bools, Floats, Ranker

_POINTS = 10


def curve(
    trial: Trial,
    ranker: Ranker,
    similarity: Floats,
    rows: NDArray[np.int64],
    seeds: Bools,
    least: int,
    size: int,
) -> list[CurvePoint]:
    """About ten reaches, evenly spaced by ratio from ``least`` to all ``rows`` that may be listed; ``size`` is one.

    ``similarity`` is everybody's, 0 to 1; ``seeds`` marks the seeds among them, who are passed over.
    """
    order = rows[np.lexsort((rows, -ranker.scores[rows]))]
    spaced = np.geomspace(least, len(order), _POINTS).round().astype(int)
    everybody = np.sort(ranker.scores[~seeds])
    points = []
    for reach in np.unique([*spaced, min(size, len(order))]).tolist():
        last = order[reach - 1]
        # Those who may not be listed are passed over, but the hold-out has them in its order.
        depth = int(len(everybody) - np.searchsorted(everybody, ranker.scores[last], side="left"))
        found, chance = trial.found(depth), min(1.0, depth / trial.pool)
        points.append(
            CurvePoint(
                reach=reach,
                similarity=round(float(similarity[last]), 4),
                found=round(found, 4),
                lift=round(found / chance, 3),
            )
        )
    return points
