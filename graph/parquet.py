"""Edges in a Parquet file, read a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from graph.numbering import BATCH


class ParquetEdges:
    """The columns of one file of edges; its length is known before a row is read.

    Raises ValueError where a column is missing, OSError where the file is not to be read.
    """

    def __init__(self, path: Path | str, src: str, dst: str, others: Sequence[str]) -> None:
        self._file = pq.ParquetFile(path)
        self._src, self._dst = src, dst
        missing = [name for name in (src, dst, *others) if name not in self._file.schema_arrow.names]
        if missing:
            raise ValueError(f"{path} has no column {', '.join(missing)}")

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    def ends(self) -> Iterator[tuple[pl.Series, pl.Series]]:
        """Sources and targets of the edges, in batches."""
        for batch in self._file.iter_batches(BATCH, columns=[self._src, self._dst]):
            yield _series(batch[self._src]), _series(batch[self._dst])

    def column(self, name: str | None) -> pl.Series | None:
        """One other column as a whole."""
        return None if name is None else _series(self._file.read([name])[name])


def _series(values: pa.Array | pa.ChunkedArray) -> pl.Series:
    return cast(pl.Series, pl.from_arrow(values))
