"""An online burst test: how far a count lies above its own day and hour, in units of its own past surprises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SeasonalTest:
    """Judges each step of a regular series from the steps before it alone; NaN steps (not collected) say nothing.

    `steps_a_day` is 24 for hours, 288 for five minutes. The level expected is the mean of two: what the same time
    of the last `days` days held (their median) and the mean of the last day, so that both a rhythm and a new level
    are followed. A score is the distance from it divided by the root mean square of such distances over the last
    `scale_days` (and half a count, so that a silent series is no division by zero): a series that often jumps must
    jump higher. The idea of scores against a robust seasonal level is that of S-H-ESD (O. Vallis, J. Hochenbaum,
    A. Kejariwal, "A Novel Technique for Long-Term Anomaly Detection in the Cloud", HotCloud 2014), made online.
    """

    steps_a_day: int = 24
    days: int = 7
    scale_days: int = 14
    quiet_days: float = 1.0  # one event alarms once: later scores must beat those of so long before
    threshold: float = 9.5

    def scores(self, values: Floats) -> Floats:
        """Score each step, NaN where it is a gap or where less than a day was seen before it."""
        expected = self.expected(values)
        away = values - expected
        scale = np.sqrt(_past_mean(away**2, self.scale_days * self.steps_a_day))
        scored = away / (np.nan_to_num(scale) + 0.5)
        seen = np.concatenate([[0], np.cumsum(~np.isnan(values))[:-1]])
        return np.where(seen >= self.steps_a_day, scored, np.nan)

    def expected(self, values: Floats) -> Floats:
        """The level that the past leads to expect at each step; NaN where there is no past."""
        recent = _past_mean(values, self.steps_a_day)
        width = max(1, self.steps_a_day // 48)
        smooth = _past_mean(values, width, with_present=True)
        size = len(values)
        same_time = np.full((self.days, size), np.nan)
        for day in range(1, self.days + 1):
            back = day * self.steps_a_day
            if back < size:
                same_time[day - 1, back:] = smooth[: size - back]
        usual = _column_median(same_time)
        both = (usual + recent) / 2
        return np.where(np.isnan(both), np.where(np.isnan(usual), recent, usual), both)

    def records(self, scores: Floats) -> Floats:
        """Keep scores that beat all of the last `quiet_days`; the others become 0, so that one event alarms once."""
        quiet = max(1, round(self.quiet_days * self.steps_a_day))
        filled = np.nan_to_num(scores, nan=-np.inf)
        padded = np.concatenate([np.full(quiet, -np.inf), filled[:-1]]) if len(filled) else filled
        if not len(filled):
            return filled
        before = np.lib.stride_tricks.sliding_window_view(padded, quiet).max(axis=1)
        return np.where((filled > before) & (filled > 0), filled, 0.0)

    def alarms(self, values: Floats) -> Ints:
        """The steps at which a burst is reported, in order."""
        return np.flatnonzero(self.records(self.scores(values)) >= self.threshold).astype(np.int64)


def _past_mean(values: Floats, width: int, with_present: bool = False) -> Floats:
    """Mean of the known values among the last `width` steps before each (or up to each); NaN where none is known."""
    known = ~np.isnan(values)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    end = np.arange(len(values)) + int(with_present)
    start = np.maximum(end - width, 0)
    found = count[end] - count[start]
    return np.where(found > 0, (total[end] - total[start]) / np.maximum(found, 1), np.nan)


def _column_median(rows: Floats) -> Floats:
    """Median of each column without its NaN; NaN where there is nothing else."""
    ordered = np.sort(rows, axis=0)  # NaN last
    known = (~np.isnan(rows)).sum(axis=0)
    columns = np.arange(rows.shape[1])
    low, high = np.maximum(known - 1, 0) // 2, np.maximum(known, 1) // 2
    return np.asarray((ordered[low, columns] + ordered[high, columns]) / 2)
