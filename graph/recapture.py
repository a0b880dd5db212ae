"""How many there are, from two samples that each saw a part: capture and recapture."""

from __future__ import annotations

import math
from dataclasses import dataclass

from graph.intervals import Z95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number of people with its 95 % interval."""

    size: float
    low: float
    high: float


def recapture(first: int, second: int, both: int) -> Estimate:
    """Estimate a population from two samples of ``first`` and ``second`` members that share ``both``.

    D. Chapman's estimator (1951) with G. Seber's variance (1970); the interval is log-normal over those who were never
    seen, as A. Chao proposed ("Estimating the Population Size for Capture-Recapture Data", Biometrics 43, 1987), so its
    lower end is never below the number that was seen. It holds where the two samples are drawn apart from each other and
    nobody came or went between them. Raises ValueError where ``both`` is larger than a sample.
    """
    if not 0 <= both <= min(first, second):
        raise ValueError("the two samples can share no more than the smaller holds")
    seen = first + second - both
    size = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    unseen = size - seen
    if unseen <= 0 or variance <= 0:
        return Estimate(float(seen), float(seen), float(max(seen, size)))
    factor = math.exp(Z95 * math.sqrt(math.log1p(variance / unseen**2)))
    return Estimate(size, seen + unseen / factor, seen + unseen * factor)
