"""Real data for benchmarks, where it lies beside a checkout; a user's machine has none."""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared/data"


class NoDataError(Exception):
    """A file that a task measures on is not at hand: the task is left out, and the run says so."""


def shared(name: str) -> Path:
    """The file or folder ``name`` of the shared data; `NoDataError` where it is absent."""
    path = SHARED / name
    if not path.exists():
        raise NoDataError(f"no {name} at ../shared/data")
    return path
