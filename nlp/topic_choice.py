"""How many topics: the finest division that is as coherent and as varied as the best one, as far as can be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_CERTAIN = 1.96  # standard errors
_WIDEST = (5, 60)
_STEP = 1.5  # each number tried is about this many times the one before


@dataclass(frozen=True, slots=True)
class Trial:
    """What one number of topics gave: how many were worth keeping, the mean NPMI of all with its standard error
    (0 for those not kept), and the share of distinct words among the top words of those kept."""

    k: int
    kept: int
    npmi: float
    error: float
    diversity: float

    @property
    def quality(self) -> float:
        """Coherence x diversity, 0 where nothing was kept.

        A. Dieng, F. Ruiz, D. Blei, "Topic Modeling in Embedding Spaces", TACL 2020.
        """
        return self.npmi * self.diversity


def usual_range(texts: int) -> tuple[int, int]:
    """Between which numbers to choose for so many texts: half to three times the root of a twentieth, 5 to 60."""
    root = (texts / 20) ** 0.5
    low, high = (int(np.clip(round(number), *_WIDEST)) for number in (root / 2, root * 3))
    return low, high


def tried_numbers(low: int, high: int, most: int) -> list[int]:
    """The numbers to try from ``low`` to ``high``, each half as much again, none above ``most``; at least one."""
    high = max(1, min(high, most))
    return sorted({min(high, number) for number in _steps(min(low, high), high)} | {high})


def trial(k: int, top: Sequence[npt.NDArray[np.int64]], npmi: npt.NDArray[np.float64]) -> Trial:
    """Judge ``k`` topics by the top words (columns) and coherence of those kept; the others count as 0."""
    if not len(top):
        return Trial(k, 0, 0.0, 0.0, 0.0)
    words = np.concatenate(list(top))
    each = np.concatenate([npmi, np.zeros(max(k - len(npmi), 0))])
    error = float(each.std(ddof=1) / len(each) ** 0.5) if len(each) > 1 else 0.0
    return Trial(k, len(top), float(each.mean()), error, len(np.unique(words)) / len(words))


def choose(trials: Sequence[Trial]) -> Trial:
    """The largest number whose quality cannot be told from the best's (95 %): finer topics say more."""
    best = max(trials, key=lambda one: (one.quality, -one.k))
    least = best.quality - _CERTAIN * best.error * best.diversity
    return max((one for one in trials if one.quality >= least), key=lambda one: one.k)


def _steps(low: int, high: int) -> Iterator[int]:
    number = float(low)
    while number < high:
        yield round(number)
        number *= _STEP
