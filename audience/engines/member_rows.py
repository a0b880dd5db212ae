"""Member rows beside an index: their JSON texts, a line each, in the order of ``uid``, read where they lie."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
import polars as pl
import pyarrow as pa

from audience.engines.stretches import Stretches, StretchWriter
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
    """The rows of an index, by uid."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the files are damaged."""
        self._lines = Stretches(folder / ROWS, folder / ROW_ENDS)

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, uid: int) -> bytes:
        """One row's JSON."""
        return self._lines[uid][:-1]
