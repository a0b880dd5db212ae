"""Intervals for shares and for how much a group over-indexes."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

Z95 = 1.959963984540054


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % score interval of a share (E. B. Wilson, JASA 22, 1927); 0 to 1 where ``total`` is 0."""
    if total <= 0:
        return 0.0, 1.0
    share = min(1.0, count / total)
    spread = Z95 * math.sqrt(share * (1 - share) / total + Z95**2 / (4 * total**2))
    centre = share + Z95**2 / (2 * total)
    scale = 1 + Z95**2 / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def wilson_each(counts: NDArray[np.int64], total: int) -> tuple[Floats, Floats]:
    """``wilson`` of many counts of one ``total`` above 0: lower and upper ends, in the shape of ``counts``."""
    share = np.minimum(1.0, counts / total)
    spread = Z95 * np.sqrt(share * (1 - share) / total + Z95**2 / (4 * total**2))
    centre = share + Z95**2 / (2 * total)
    scale = 1 + Z95**2 / total
    return np.maximum(0.0, (centre - spread) / scale), np.minimum(1.0, (centre + spread) / scale)


def risk_ratio(
    counts: NDArray[np.int64], total: int, others: NDArray[np.int64], of: int
) -> tuple[Floats, Floats]:
    """The 95 % intervals of (counts / total) / (others / of), shares of two samples; all four above 0.

    D. Katz and others, *Obtaining confidence intervals for the risk ratio in cohort studies*, Biometrics 34, 1978.
    """
    ratio = (counts / total) / (others / of)
    spread = Z95 * np.sqrt(np.maximum(0, 1 / counts - 1 / total) + np.maximum(0, 1 / others - 1 / of))
    return ratio * np.exp(-spread), ratio * np.exp(spread)
