"""Writing the records of :mod:`audience.engines.person_values`, batch by batch.

What a value's number in its column is, and how many octets hold it, is known when all values are: until then each is kept with
the place of its field, and at the end one pass turns these into numbers of the column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from audience.engines.stretches import StretchWriter
from audience.engines.tantivy_files import COLUMNS, WIDTHS, records_of, rest_ends_of, rest_of
from audience.engines.tantivy_values import Numbered

_PARTS = ".parts"
# A number's place is in the highest bits; the last place of all is that of none.
_SHIFT = 28
_NONE = np.uint32(0xF << _SHIFT)
_LOW = np.uint32((1 << _SHIFT) - 1)
_BATCH = 65_536  # records at a time


class PersonWriter:
    """Takes the numbered values of each batch; ``values`` gives a field's values by number in the end."""

    def __init__(self, folder: Path, values: Callable[[str], Sequence[str]]) -> None:
        self._columns = [_ColumnWriter(folder, column) for column in COLUMNS]
        self._values = values

    def __enter__(self) -> PersonWriter:
        return self

    def add(self, numbered: Mapping[str, Numbered]) -> None:
        """The values of the next persons, by field."""
        for column in self._columns:
            column.add([numbered[field] for field in column.fields])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as stack:
            for column in self._columns:
                stack.callback(column.close)
            if error is None:
                for column in self._columns:
                    column.write([len(self._values(field)) for field in column.fields])


class _ColumnWriter:
    def __init__(self, folder: Path, column: str) -> None:
        self.fields, self._width = COLUMNS[column], WIDTHS[column]
        self._folder, self._column = folder, column
        self._records = (folder / f"{records_of(column)}{_PARTS}").open("w+b")
        self._rest = (folder / f"{rest_of(column)}{_PARTS}").open("w+b")
        self._more: list[NDArray[np.int64]] = []

    def add(self, numbered: Sequence[Numbered]) -> None:
        numbers, lengths = _by_person(numbered)
        places = np.arange(len(numbers)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        inside = places < self._width
        records = np.full((len(lengths), self._width), _NONE)
        records[np.repeat(np.arange(len(lengths)), lengths)[inside], places[inside]] = numbers[inside]
        self._records.write(records.data)
        self._rest.write(numbers[~inside].data)
        self._more.append(np.maximum(lengths - self._width, 0))

    def write(self, values: Sequence[int]) -> None:
        """Turn all of it into numbers of the column, given how many values each field has."""
        firsts = np.zeros(int(_NONE >> _SHIFT) + 1, np.uint32)
        firsts[: len(values)] = np.cumsum([0, *values[:-1]])
        firsts[-1] = sum(values)
        records = open_memmap(
            self._folder / records_of(self._column),
            mode="w+",
            dtype=np.promote_types(np.uint16, np.min_scalar_type(sum(values))),
            shape=(sum(map(len, self._more)), self._width),
        )
        for start in range(0, len(records), _BATCH):
            some = records[start : start + _BATCH]
            some[:] = _numbers(self._records, start * self._width, some.size, firsts).reshape(some.shape)
        records.flush()
        rest = StretchWriter(self._folder / rest_of(self._column), self._folder / rest_ends_of(self._column))
        at = 0
        for lengths in self._more:
            rest.add(_numbers(self._rest, at, int(lengths.sum()), firsts).data, lengths)
            at += int(lengths.sum())
        rest.close(whole=True)

    def close(self) -> None:
        """Let go of what was kept until the end."""
        for file in (self._records, self._rest):
            file.close()
            Path(file.name).unlink()


def _numbers(file: IO[bytes], first: int, count: int, firsts: NDArray[np.uint32]) -> NDArray[np.uint32]:
    file.seek(first * firsts.itemsize)
    kept = np.fromfile(file, np.uint32, count)
    numbers: NDArray[np.uint32] = firsts[kept >> _SHIFT] + (kept & _LOW)
    return numbers


def _by_person(numbered: Sequence[Numbered]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The numbers with the places of their fields, person after person, and how many each of these has."""
    numbers = np.concatenate(
        [field.numbers | np.uint32(place << _SHIFT) for place, field in enumerate(numbered)]
    )
    by_field = np.stack([field.lengths for field in numbered])
    flat = by_field.ravel()
    begins = (np.cumsum(flat) - flat).reshape(by_field.shape).T.ravel()
    each = by_field.T.ravel()
    ends = np.cumsum(each)
    return numbers[np.repeat(begins - (ends - each), each) + np.arange(len(numbers))], by_field.sum(axis=0)
