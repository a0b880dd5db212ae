"""The numbers of each person's values beside an index, by ``uid``: what facets of few people are counted by.

A column holds several fields: a value's number in it is its own number times the fields, and its field's place. The columns of
a person stand together, since what a look at a person costs is to get there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from audience.engines.stretches import Stretches, StretchWriter
from audience.engines.tantivy_files import COLUMNS, PERSON_VALUE_ENDS, PERSON_VALUES
from audience.engines.tantivy_values import Numbered

# Persons looked up at a time: however many there are, it takes some megabytes.
_BATCH = 32_768
_OCTETS = np.dtype(np.uint32).itemsize
_WIDTH = int(np.iinfo(np.int32).max)
_PLACES = {column: place for place, column in enumerate(COLUMNS)}


class PersonWriter:
    """Writes the numbers batch by batch."""

    def __init__(self, folder: Path) -> None:
        self._values = StretchWriter(folder / PERSON_VALUES, folder / PERSON_VALUE_ENDS)

    def __enter__(self) -> PersonWriter:
        return self

    def add(self, numbered: Mapping[str, Numbered]) -> None:
        """The values of the next persons, by field."""
        numbers, lengths = _by_person(numbered)
        self._values.add(numbers.data, lengths)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._values.close(whole=error is None)


class PersonValues:
    """The numbers of an index, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the files are damaged."""
        self._rows = _matrix(Stretches(folder / PERSON_VALUES, folder / PERSON_VALUE_ENDS, _OCTETS))
        self.held = cache(self._held)

    def _held(self, column: str) -> int:
        """How many values everybody has together in a column."""
        place, ends = _PLACES[column], self._rows.indptr
        lengths = ends[place + 1 :: len(COLUMNS)] - ends[place : -1 : len(COLUMNS)]
        return int(lengths.sum(dtype=np.int64))

    def counts(self, column: str, uids: NDArray[np.int64], values: int) -> NDArray[np.int64]:
        """How many of these persons have each value: (values, fields of the column), of at most so many values a field."""
        size = values * len(COLUMNS[column])
        counts = np.zeros(size, np.int64)
        for start in range(0, len(uids), _BATCH):
            rows = uids[start : start + _BATCH] * len(COLUMNS) + _PLACES[column]
            counts += np.bincount(self._rows[rows].indices, minlength=size)
        return counts.reshape(values, -1)


def _matrix(held: Stretches) -> csr_array[Any]:
    """Persons' columns by numbers, sparse, over the mapped file: scipy gathers rows in one go, at half the time of NumPy's steps.

    The matrix's own entries are never looked at; as zeros that nobody touches they take no memory.
    """
    numbers = np.frombuffer(held.held, np.int32)
    entries = np.zeros(len(numbers), np.int8)
    # With ends of another kind than the numbers scipy would copy both, widened.
    ends = held.ends if len(numbers) > _WIDTH else np.asarray(held.ends, np.uint32).view(np.int32)
    return csr_array((entries, numbers, ends), shape=(len(held), _WIDTH), copy=False)


def _by_person(numbered: Mapping[str, Numbered]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The numbers in their columns, person after person and column after column, and how many each of these has."""
    numbers = np.concatenate(
        [
            numbered[field].numbers * np.uint32(len(fields)) + np.uint32(place)
            for fields in COLUMNS.values()
            for place, field in enumerate(fields)
        ]
    )
    by_field = np.stack([numbered[field].lengths for fields in COLUMNS.values() for field in fields])
    firsts = np.cumsum([0, *map(len, COLUMNS.values())])[:-1]
    lengths = np.add.reduceat(by_field, firsts, axis=0).T.ravel()
    flat = by_field.ravel()
    begins = (np.cumsum(flat) - flat).reshape(by_field.shape).T.ravel()
    each = by_field.T.ravel()
    ends = np.cumsum(each)
    return numbers[np.repeat(begins - (ends - each), each) + np.arange(len(numbers))], lengths
