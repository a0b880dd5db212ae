"""The score of the Numenta Anomaly Benchmark (standard profile), written from its public definition.

A. Lavin, S. Ahmad, "Evaluating Real-Time Anomaly Detection Algorithms: the Numenta Anomaly Benchmark", ICMLA 2015. Only
the earliest detection in a labelled window counts, the earlier the better; each detection outside one costs, less just
behind a window; a window missed costs 1. The first 15 % of a series (750 steps at most) are for learning alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FALSE_ALARM = 0.11
MISSED = 1.0
LEARNING, LEARNING_STEPS = 0.15, 750

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series prepared for scoring: what a detection is worth at each step and in which window each lies (-1: none)."""

    worth: Floats
    window: NDArray[np.int64]
    windows: NDArray[np.int64]  # those that reach beyond the steps for learning
    learning: int

    @classmethod
    def of(cls, size: int, windows: Sequence[tuple[int, int]]) -> Labelled:
        """Prepare a series of ``size`` steps with windows of first and last step (both inside), in order of time."""
        worth = np.full(size, -FALSE_ALARM)
        window = np.full(size, -1)
        for number, (first, last) in enumerate(windows):
            length = last - first + 1
            inside = np.arange(first, last + 1)
            worth[inside] = _sigmoid(-(last - inside + 1) / length) / _sigmoid(np.array([-1.0]))
            window[inside] = number
            following = windows[number + 1][0] if number + 1 < len(windows) else size
            behind = np.arange(last + 1, following)
            worth[behind] = FALSE_ALARM * _sigmoid((behind - last) / max(length - 1, 1))
        learning = int(min(LEARNING * size, LEARNING_STEPS))
        live = np.unique(window[learning:])
        return cls(worth, window, live[live >= 0], learning)

    def score(self, alarms: Flags) -> float:
        """The raw score of detections: at best 1 a window, -1 a window where none is made."""
        counted = alarms.copy()
        counted[: self.learning] = False
        outside = float(self.worth[counted & (self.window < 0)].sum())
        for number in self.windows.tolist():
            found = self.worth[counted & (self.window == number)]
            outside += float(found.max()) if len(found) else -MISSED
        return outside


def normalised(raw: Floats, windows: Floats) -> float:
    """Scores of several series on the scale where no detection at all is 0 and a perfect detector 100."""
    perfect, null = windows.sum(), -MISSED * windows.sum()
    return float(100.0 * (raw.sum() - null) / (perfect - null))


def _sigmoid(position: Floats) -> Floats:
    """1 at the left edge of a window (-1), 0 at its right edge (0), -1 far behind it (beyond 3)."""
    return np.where(position > 3.0, -1.0, 2.0 / (1.0 + np.exp(5.0 * position)) - 1.0)
