"""Stretches of one file, one a person: what belongs to each stands after the other, and where each ends beside it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class StretchWriter:
    """Writes them batch by batch; where each ends is written at the end."""

    def __init__(self, file: Path, ends: Path) -> None:
        self._file, self._ends = file.open("wb"), ends
        self._lengths: list[NDArray[np.int64]] = []

    @property
    def written(self) -> int:
        """How many stretches there are."""
        return sum(map(len, self._lengths))

    def add(self, held: memoryview, lengths: NDArray[np.int64]) -> None:
        """The stretches of the next persons, and the length of each, in whatever ``ends`` shall count."""
        self._file.write(held)
        self._lengths.append(lengths)

    def close(self, whole: bool) -> None:
        """Put them on the disk; their ends only where nothing went wrong."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if whole:
            ends = np.cumsum(np.concatenate([[0], *self._lengths]), dtype=np.int64)
            np.save(self._ends, ends.astype(np.min_scalar_type(ends[-1])))
