"""People of simulated campaigns: what a contact moves in each is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def population(rng: np.random.Generator, people: int) -> tuple[Floats, Floats, Floats]:
    """Traits (6 columns), and each person's chance to convert if left alone and if contacted.

    Who buys anyway is moved least, some are put off, and the persuadable are told by other traits.
    """
    traits = rng.normal(size=(people, 6))
    base = 1 / (1 + np.exp(-(-3.2 + 0.9 * traits[:, 0] + 0.5 * traits[:, 1])))
    moved = 0.03 + 0.035 * traits[:, 2] + 0.02 * traits[:, 3] - 0.01 * traits[:, 0]
    return traits, base, np.clip(base + moved, 0.001, 0.999)
