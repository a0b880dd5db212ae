"""Edges in a Parquet file, read a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from graph.numbering import BATCH, Coded, as_ids


class ParquetEdges:
    """The columns of one file of edges; its length is known before a row is read.

    Raises ValueError where a column is missing, OSError where the file is not to be read.
    """

    def __init__(self, path: Path | str, src: str, dst: str, others: Sequence[str]) -> None:
        self._src, self._dst = src, dst
        schema = pq.read_schema(path)
        texts = [name for name in {src, dst} & set(schema.names) if _is_text(schema.field(name).type)]
        self._file = pq.ParquetFile(path, read_dictionary=texts)
        missing = [name for name in (src, dst, *others) if name not in schema.names]
        if missing:
            raise ValueError(f"{path} has no column {', '.join(missing)}")

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    def ends(self) -> Iterator[tuple[Coded, Coded]]:
        """Sources and targets of the edges, in batches; strings as the file keeps them, each once a batch."""
        for batch in self._file.iter_batches(BATCH, columns=[self._src, self._dst]):
            yield _coded(batch[self._src]), _coded(batch[self._dst])

    def column(self, name: str | None) -> pl.Series | None:
        """One other column as a whole."""
        return None if name is None else _series(self._file.read([name])[name])


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _coded(values: pa.Array) -> Coded:
    if not pa.types.is_dictionary(values.type) or values.null_count:
        return Coded(as_ids(_series(values)))  # which refuses nulls
    return Coded(as_ids(_series(values.dictionary)), values.indices.to_numpy())


def _series(values: pa.Array | pa.ChunkedArray) -> pl.Series:
    return cast(pl.Series, pl.from_arrow(values))
