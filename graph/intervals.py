"""Intervals for shares and for how much a group over-indexes."""

from __future__ import annotations

import math

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


def risk_ratio(count: int, total: int, other: int, of: int) -> tuple[float, float]:
    """The 95 % interval of (count / total) / (other / of), two shares of samples; all four above 0.

    D. Katz and others, *Obtaining confidence intervals for the risk ratio in cohort studies*, Biometrics 34, 1978.
    """
    ratio = (count / total) / (other / of)
    spread = Z95 * math.sqrt(max(0.0, 1 / count - 1 / total) + max(0.0, 1 / other - 1 / of))
    return ratio * math.exp(-spread), ratio * math.exp(spread)
