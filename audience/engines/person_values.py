"""The numbers of each person's values beside an index, by ``uid``: what facets of few people are counted by.

A column holds several fields: a value's number in it is its own number times the fields, and its field's place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from audience.engines.stretches import Stretches, StretchWriter
from audience.engines.tantivy_files import COLUMNS, ends_of, values_of
from audience.engines.tantivy_values import Numbered

# Persons looked up at a time: however many there are, it takes some megabytes.
_BATCH = 32_768
_OCTETS = np.dtype(np.uint32).itemsize


class PersonWriter:
    """Writes the numbers batch by batch."""

    def __init__(self, folder: Path) -> None:
        self._columns = {
            column: StretchWriter(folder / values_of(column), folder / ends_of(column)) for column in COLUMNS
        }

    def __enter__(self) -> PersonWriter:
        return self

    def add(self, numbered: Mapping[str, Numbered]) -> None:
        """The values of the next persons, by field."""
        for column, fields in COLUMNS.items():
            numbers, lengths = _by_person([numbered[field] for field in fields])
            self._columns[column].add(numbers.data, lengths)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for column in self._columns.values():
            column.close(whole=error is None)


class PersonValues:
    """The numbers of an index, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the files are damaged."""
        self._columns = {
            column: _matrix(Stretches(folder / values_of(column), folder / ends_of(column), _OCTETS))
            for column in COLUMNS
        }

    def held(self, column: str) -> int:
        """How many values everybody has together."""
        return int(self._columns[column].nnz)

    def counts(self, column: str, uids: NDArray[np.int64], values: int) -> NDArray[np.int64]:
        """How many of these persons have each value: (values, fields of the column), of at most so many values a field."""
        size = values * len(COLUMNS[column])
        counts = np.zeros(size, np.int64)
        for start in range(0, len(uids), _BATCH):
            part = self._columns[column][uids[start : start + _BATCH]]
            counts += np.bincount(part.indices, minlength=size)
        return counts.reshape(values, -1)


def _matrix(held: Stretches) -> csr_array[Any]:
    """Persons by numbers, sparse, over the mapped files: scipy gathers rows in one go, at half the time of NumPy's steps.

    The matrix's own entries are never looked at; as zeros that nobody touches they take no memory.
    """
    numbers = np.frombuffer(held.held, np.int32)
    entries = np.zeros(len(numbers), np.int8)
    width = np.iinfo(np.int32).max
    return csr_array((entries, numbers, held.ends), shape=(len(held), width), copy=False)


def _by_person(fields: Sequence[Numbered]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The numbers in their column, person after person, and how many each person has."""
    numbers = np.concatenate(
        [each.numbers * np.uint32(len(fields)) + np.uint32(place) for place, each in enumerate(fields)]
    )
    by_field = np.stack([each.lengths for each in fields])
    lengths = by_field.sum(axis=0)
    flat = by_field.ravel()
    begins = (np.cumsum(flat) - flat).reshape(by_field.shape).T.ravel()
    each = by_field.T.ravel()
    ends = np.cumsum(each)
    return numbers[np.repeat(begins - (ends - each), each) + np.arange(len(numbers))], lengths
