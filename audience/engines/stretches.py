"""Stretches of one file, one a person: what belongs to each stands after the other, and where each ends beside it."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any

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


class Stretches:
    """The stretches of a file, mapped into memory. An open reader keeps its files when they are removed."""

    def __init__(self, file: Path, ends: Path, unit: int = 1) -> None:
        """``unit``: how many bytes what ``ends`` counts has. Raises ValueError or OSError where the files are damaged."""
        self.ends = mapped(ends)
        with file.open("rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            self.held = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        if size != int(self.ends[-1]) * unit:
            raise ValueError(f"{file.name} is damaged")

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, place: int) -> bytes:
        """One stretch, of those counted in bytes."""
        return self.held[self.ends[place] : self.ends[place + 1]]


def mapped(path: Path) -> NDArray[Any]:
    """The array of a file, mapped into memory. Raises ValueError or OSError where it is damaged."""
    try:
        # As a plain array: a memmap's own indexing takes several times as long.
        return np.asarray(np.load(path, mmap_mode="r"))
    except EOFError as error:
        raise ValueError(f"{path.name} is damaged") from error
