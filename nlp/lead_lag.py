"""Which of two series moves first: their cross-correlation over lags, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ROUNDS = 400
LEAST_BLOCKS = 5


@dataclass(frozen=True, slots=True)
class LeadLag:
    """How far the second series follows the first, in steps (negative: it leads), with 95 % intervals.

    `clear` where the correlation's interval lies above 0.
    """

    lag: int
    low: int
    high: int
    correlation: float
    correlation_low: float
    correlation_high: float
    pairs: int

    @property
    def clear(self) -> bool:
        """Whether the series are correlated at all, beyond chance."""
        return self.correlation_low > 0.0


def lead_lag(first: Floats, second: Floats, season: int, most: int, seed: int = 7) -> LeadLag | None:
    """Compare two series on the same steps, NaN where one was not covered; None where they share too little.

    Both are taken as log(1 + x) less the mean of their place in the `season` (24 hours, 7 days), so that a common
    rhythm is no correlation. The lag is that of the highest Pearson correlation within ±`most` steps; its interval and
    the correlation's come from resampling blocks of a season (moving-block bootstrap, H. Kuensch, Annals of
    Statistics 1989).
    """
    if not len(first):
        return None
    most = min(most, len(first) - 1)
    one, other = _deseasoned(first, season), _deseasoned(second, season)
    lags = np.arange(-most, most + 1)
    blocks = -(-len(one) // season)
    sums = np.zeros((blocks, len(lags), 6))
    for number, lag in enumerate(lags.tolist()):
        left, right = _overlap(one, other, lag)
        known = ~(np.isnan(left) | np.isnan(right))
        x, y = left[known], right[known]
        start = max(0, -lag)
        block = (np.flatnonzero(known) + start) // season
        for column, values in enumerate((np.ones(len(x)), x, y, x * x, y * y, x * y)):
            sums[:, number, column] = np.bincount(block, values, minlength=blocks)
    used = np.flatnonzero(sums[:, most, 0] > 0)
    if len(used) < LEAST_BLOCKS:
        return None
    sums = sums[used]
    correlation = _correlation(sums.sum(axis=0))
    if np.isnan(correlation).all():
        return None
    best = int(np.nanargmax(correlation))
    random = np.random.default_rng(seed)
    drawn = random.integers(0, len(used), (ROUNDS, len(used)))
    times = np.stack([np.bincount(row, minlength=len(used)) for row in drawn]).astype(np.float64)
    again = _correlation(np.einsum("rb,blc->rlc", times, sums))
    again = np.where(np.isnan(again), -1.0, again)
    at = lags[again.argmax(axis=1)]
    low, high = np.percentile(at, [2.5, 97.5])
    # Of the best of many lags even noise is above 0: the correlation is judged at the lag that was found.
    worst, top = np.percentile(again[:, best], [2.5, 97.5])
    chance = 2.0 / np.sqrt(max(sums[:, best, 0].sum(), 1.0)) if len(lags) > 1 else 0.0
    return LeadLag(
        int(lags[best]),
        int(np.floor(low)),
        int(np.ceil(high)),
        float(correlation[best]),
        float(worst - chance),
        float(top),
        int(sums[:, best, 0].sum()),
    )


def _deseasoned(values: Floats, season: int) -> Floats:
    logs = np.log1p(values)
    size = len(logs)
    padded = np.concatenate([logs, np.full(-size % season, np.nan)]).reshape(-1, season)
    known = ~np.isnan(padded)
    means = np.where(known, padded, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.asarray((padded - means).ravel()[:size])


def _overlap(first: Floats, second: Floats, lag: int) -> tuple[Floats, Floats]:
    """Pairs of first[t] and second[t + lag]."""
    if lag >= 0:
        return first[: len(first) - lag], second[lag:]
    return first[-lag:], second[: len(second) + lag]


def _correlation(sums: Floats) -> Floats:
    count, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (count * xx - x * x) * (count * yy - y * y)
        return np.asarray(
            np.where(spread > 1e-12, (count * xy - x * y) / np.sqrt(np.maximum(spread, 1e-12)), np.nan)
        )
