"""The numbers of each person's facet values beside an index, by ``uid``: a file a column.

The engine counts them where many people are found. Of few, its own work for an answer takes longer than to look their
numbers up here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audience.engines.stretches import StretchWriter
from audience.engines.tantivy_files import COLUMNS, ends_of, numbers_of

# Persons looked up at a time: what a step of it makes stays in the processor's cache.
_BATCH = 1_024


class PersonWriter:
    """Writes the numbers batch by batch."""

    def __init__(self, folder: Path) -> None:
        self._columns = {
            column: StretchWriter(folder / numbers_of(column), folder / ends_of(column)) for column in COLUMNS
        }

    def __enter__(self) -> PersonWriter:
        return self

    def add(self, codes: Mapping[str, pl.Series]) -> None:
        """The numbers of the next persons, of each column a list a person."""
        for column, lists in codes.items():
            numbers = lists.explode(empty_as_null=False).to_numpy().astype(np.uint32)
            self._columns[column].add(numbers.data, lists.list.len().to_numpy().astype(np.int64))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for column in self._columns.values():
            column.close(whole=error is None)


class PersonValues:
    """The numbers of an index, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the files are damaged."""
        self._ends = {column: np.load(folder / ends_of(column), mmap_mode="r") for column in COLUMNS}
        self._numbers = {column: _mapped(folder / numbers_of(column)) for column in COLUMNS}
        for column, ends in self._ends.items():
            if len(self._numbers[column]) != ends[-1]:
                raise ValueError("the numbers of facet values are damaged")

    def counts(self, column: str, uids: NDArray[np.int64], values: int) -> NDArray[np.int64]:
        """How many of these persons have each of the column's ``values`` numbers."""
        parts = (self._of(column, uids[start : start + _BATCH]) for start in range(0, len(uids), _BATCH))
        return sum((np.bincount(part, minlength=values) for part in parts), np.zeros(values, np.int64))

    def _of(self, column: str, uids: NDArray[np.int64]) -> NDArray[np.uint32]:
        """All numbers of these persons, one person after another."""
        ends = self._ends[column]
        begins = ends[uids]
        lengths = ends[uids + 1] - begins
        shift = np.repeat(begins - (np.cumsum(lengths) - lengths), lengths)
        numbers: NDArray[np.uint32] = self._numbers[column][shift + np.arange(len(shift))]
        return numbers


def _mapped(path: Path) -> NDArray[np.uint32]:
    size = path.stat().st_size // np.dtype(np.uint32).itemsize
    return np.memmap(path, np.uint32, "r", shape=(size,)) if size else np.zeros(0, np.uint32)
