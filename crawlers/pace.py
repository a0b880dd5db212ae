"""How fast a host may still be asked, by what it says of its limits."""

from __future__ import annotations

import time
from dataclasses import dataclass

LONGEST_WAIT = 900.0
_SAME_WINDOW = 1.5  # seconds: reset times come in whole seconds


@dataclass(slots=True)
class Pace:
    """What one host still allows. Times are of the monotonic clock."""

    until: float = 0.0
    left: int | None = None
    reset: float = 0.0
    under_way: int = 0
    refusals: int = 0  # in a row

    def wait(self) -> float:
        """Seconds to wait before the next request."""
        now = time.monotonic()
        if self.left is not None and now >= self.reset:
            self.left = None  # a new window, whose limit the next answer will tell
        if self.left is not None and self.left <= 0:
            self.until = max(self.until, self.reset)
        return self.until - now

    def limit(self, remaining: int, seconds: float | None) -> None:
        """Take in a rate limit; answers of one window may come in any order, so the smallest counts."""
        if seconds is None:
            return
        reset = time.monotonic() + min(seconds, LONGEST_WAIT)
        left = remaining - self.under_way
        same_window = self.left is not None and abs(reset - self.reset) < _SAME_WINDOW
        self.left = min(left, self.left) if same_window and self.left is not None else left
        self.reset = max(reset, self.reset) if same_window else reset

    def hold(self, seconds: float | None) -> None:
        """Send nothing for so long."""
        if seconds:
            self.until = max(self.until, time.monotonic() + min(seconds, LONGEST_WAIT))
