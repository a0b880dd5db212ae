"""What a crawl or an import tells whoever started it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

GOOD = ("ok", "empty", "truncated")


@dataclass(slots=True)
class RunReport:
    """One run's end. ``counts`` has the columns of ``runs`` and some finer ones; ``seconds`` is wall time.

    ``status`` is that of the ``runs`` row: ok, failed, blocked, empty or truncated; ``message`` says it in words.
    """

    run_id: str
    spider: str
    source: str
    status: str
    message: str
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    rejected: dict[str, int] = field(default_factory=dict)  # reason to rows, where known

    @property
    def good(self) -> bool:
        """Whether it may count as done: not failed and not blocked."""
        return self.status in GOOD

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)
