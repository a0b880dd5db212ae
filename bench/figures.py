"""What a benchmark tells: one figure a task and metric, beside its peer's and its goal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value.

    ``ratio`` compares with the peer of the same run, above 1 where renqun is better. ``goal`` is what ``ratio`` must
    reach where there is a ratio, else ``value``; ``lower_is_better`` turns that around for a value. ``low`` and ``high``
    are the 95 % interval of a figure of quality. ``seconds`` is how long measuring took.
    """

    task: str
    metric: str
    value: float
    unit: str = ""
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    goal: float | None = None
    lower_is_better: bool = False
    low: float | None = None
    high: float | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None:
            return None
        if self.ratio is not None:
            return self.ratio >= self.goal
        return self.value <= self.goal if self.lower_is_better else self.value >= self.goal

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "ok": self.ok}
