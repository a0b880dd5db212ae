"""When people post: hours of the day and days of the week, in China time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

CHINA = timezone(timedelta(hours=8))
HOURS = np.array(
    [26, 14, 8, 5, 4, 6, 14, 30, 44, 48, 50, 54, 62, 55, 46, 44, 46, 50, 58, 68, 80, 92, 78, 48], dtype=float
)
WEEKDAYS = np.array([0.95, 0.93, 0.95, 0.98, 1.06, 1.16, 1.12])


class Rhythm:
    """Draws posting times inside a window of whole days."""

    def __init__(self, start: datetime, days: int) -> None:
        self.start = start
        self.hours = days * 24
        local = start.astimezone(CHINA)
        clock = np.arange(self.hours) + local.hour
        weekday = (local.weekday() + clock // 24) % 7
        self.cumulative = np.concatenate([[0.0], np.cumsum(HOURS[clock % 24] * WEEKDAYS[weekday])])

    def draw(self, rng: np.random.Generator, low: Array, high: Array) -> Array:
        """Seconds since the start, one a row, each between its own ``low`` and ``high`` (in hours)."""
        first, last = self.cumulative[low], self.cumulative[high]
        mass = first + rng.random(len(low)) * (last - first)
        hour = np.clip(np.searchsorted(self.cumulative, mass, side="right") - 1, low, high - 1)
        seconds: Array = (hour + rng.random(len(low))) * 3600.0
        return seconds

    def local_hour(self, hour: int) -> int:
        """The hour of the day in China at ``hour`` hours after the start."""
        return (hour + self.start.astimezone(CHINA).hour) % 24
