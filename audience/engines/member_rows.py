"""Member rows beside an index: their JSON texts, a line each, in the order of ``uid``, read where they lie."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from types import TracebackType

import numpy as np
import polars as pl
import pyarrow as pa

from audience.engines.stretches import StretchWriter
from audience.engines.tantivy_files import ROW_ENDS, ROWS


class RowWriter:
    """Writes rows batch by batch."""

    def __init__(self, folder: Path) -> None:
        self._lines = StretchWriter(folder / ROWS, folder / ROW_ENDS)

    def __enter__(self) -> RowWriter:
        return self

    def add(self, rows: pl.Series) -> None:
        """The rows of the next persons, as JSON texts."""
        lines = (rows + "\n").to_arrow().cast(pa.large_string())
        ends, texts = np.frombuffer(lines.buffers()[1], np.int64)[: len(lines) + 1], lines.buffers()[2]
        self._lines.add(memoryview(texts)[ends[0] : ends[-1]], np.diff(ends))

    @property
    def written(self) -> int:
        """How many rows there are."""
        return self._lines.written

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close(whole=error is None)


class MemberRows:
    """The rows of an index, by uid. An open reader keeps its files when they are removed."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the files are damaged."""
        self._ends = np.load(folder / ROW_ENDS, mmap_mode="r")
        with (folder / ROWS).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        if size != self._ends[-1]:
            raise ValueError("the member rows are damaged")

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, uid: int) -> bytes:
        """One row's JSON."""
        return self._lines[self._ends[uid] : self._ends[uid + 1] - 1]
