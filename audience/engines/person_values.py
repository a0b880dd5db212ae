"""The numbers of each person's values beside an index, by ``uid``: what facets of few people are counted by.

To look at a person costs the way into memory, not what stands there: so each has one record of as many numbers, which NumPy
takes in one go, and what more they have, as few do, stands apart (``person_writer`` writes both). Fields that are asked for
together share a record, a column; a value's number in it is its own number after those of the fields before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from audience.engines.stretches import Stretches, mapped
from audience.engines.tantivy_files import COLUMNS, records_of, rest_ends_of, rest_of

# Persons looked up at a time: as many as the processor's own memory holds.
_BATCH = 4_096
_OCTETS = np.dtype(np.uint32).itemsize


class PersonValues:
    """The numbers of an index, mapped into memory."""

    def __init__(self, folder: Path, numbers: Mapping[str, int]) -> None:
        """``numbers``: how many values each field has. Raises ValueError or OSError where the files are damaged."""
        self._columns = {
            column: _Column(folder, column, [numbers[field] for field in fields])
            for column, fields in COLUMNS.items()
        }
        if len({len(column.records) for column in self._columns.values()}) > 1:
            raise ValueError("the values of persons are damaged")

    def counts(self, column: str, uids: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        """How many of these persons have each value, by its number, for each field of the column."""
        return dict(zip(COLUMNS[column], self._columns[column].counts(uids), strict=True))


class _Column:
    """The records of everybody, and what does not go into them."""

    def __init__(self, folder: Path, column: str, numbers: Sequence[int]) -> None:
        self.records = mapped(folder / records_of(column))
        rest = Stretches(folder / rest_of(column), folder / rest_ends_of(column), _OCTETS)
        if len(rest) != len(self.records):
            raise ValueError(f"the values of persons ({column}) are damaged")
        self._ends = np.cumsum(numbers)
        self._more = np.diff(rest.ends) > 0
        self._rest = _matrix(rest, int(self._ends[-1])) if self._more.any() else None

    def counts(self, uids: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        size = int(self._ends[-1])
        # One place more: for the numbers that a record has none of.
        counts = np.zeros(size + 1, np.int64)
        for start in range(0, len(uids), _BATCH):
            some = uids[start : start + _BATCH]
            counts += np.bincount(self.records.take(some, axis=0).ravel(), minlength=size + 1)
            if self._rest is not None:
                counts += np.bincount(self._rest[some[self._more[some]]].indices, minlength=size + 1)
        return np.split(counts[:size], self._ends[:-1])


def _matrix(held: Stretches, size: int) -> csr_array[Any]:
    """Persons by numbers, sparse, over the mapped file: scipy gathers rows in one go, at half the time of NumPy's steps.

    The matrix's own entries are never looked at; as zeros that nobody touches they take no memory.
    """
    numbers = np.frombuffer(held.held, np.int32)
    entries = np.zeros(len(numbers), np.int8)
    # With ends of another kind than the numbers scipy would copy both, widened.
    ends = (
        held.ends
        if len(numbers) > np.iinfo(np.int32).max
        else np.asarray(held.ends, np.uint32).view(np.int32)
    )
    return csr_array((entries, numbers, ends), shape=(len(held), size), copy=False)
