"""95 % intervals of figures of quality, by resampling what was measured on (sentences, posts, series …).

B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7, 1979: the percentile interval.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROUNDS = 1_000
_LEVEL = 95.0


def interval(
    statistic: Callable[[NDArray[np.int64]], float], count: int, *, rounds: int = ROUNDS, seed: int = 7
) -> tuple[float, float]:
    """Low and high of a statistic of ``count`` units; it gets the numbers of the drawn units, with repeats."""
    random = np.random.default_rng(seed)
    drawn = [statistic(random.integers(0, count, count)) for _ in range(rounds)]
    return _ends(np.asarray(drawn))


def ratio_interval(
    over: ArrayLike, under: ArrayLike, *, rounds: int = ROUNDS, seed: int = 7
) -> tuple[float, float]:
    """Low and high of sum(over) / sum(under), a value a unit in each; fast, for accuracy, F1, precision and the like."""
    above, below = np.asarray(over, dtype=np.float64), np.asarray(under, dtype=np.float64)

    def statistic(drawn: NDArray[np.int64]) -> float:
        return float(above[drawn].sum() / below[drawn].sum())

    return interval(statistic, len(above), rounds=rounds, seed=seed)


def mean_interval(values: ArrayLike, *, rounds: int = ROUNDS, seed: int = 7) -> tuple[float, float]:
    """Low and high of a mean, a value a unit: accuracy from hits, a mean of F1s."""
    array = np.asarray(values, dtype=np.float64)
    return ratio_interval(array, np.ones(len(array)), rounds=rounds, seed=seed)


def _ends(drawn: NDArray[np.float64]) -> tuple[float, float]:
    tail = (100.0 - _LEVEL) / 2
    low, high = np.percentile(drawn, [tail, 100.0 - tail])
    return float(low), float(high)
