"""The numbers of each person's values beside an index, by ``uid``: what facets of few people are counted by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from audience.engines.stretches import Stretches, StretchWriter
from audience.engines.tantivy_files import COUNTED, ends_of, values_of
from audience.engines.tantivy_values import Numbered

# Persons looked up at a time: what a step of it makes stays in the processor's cache.
_BATCH = 8_192


class PersonWriter:
    """Writes the numbers batch by batch."""

    def __init__(self, folder: Path) -> None:
        self._fields = {
            field: StretchWriter(folder / values_of(field), folder / ends_of(field)) for field in COUNTED
        }

    def __enter__(self) -> PersonWriter:
        return self

    def add(self, numbered: Mapping[str, Numbered]) -> None:
        """The values of the next persons, by field."""
        for field, writer in self._fields.items():
            writer.add(numbered[field].numbers.data, numbered[field].lengths)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._fields.values():
            writer.close(whole=error is None)


class PersonValues:
    """The numbers of an index, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the files are damaged."""
        held = {
            field: Stretches(folder / values_of(field), folder / ends_of(field), np.dtype(np.uint32).itemsize)
            for field in COUNTED
        }
        self._ends = {field: each.ends for field, each in held.items()}
        self._numbers = {field: np.frombuffer(each.held, np.uint32) for field, each in held.items()}
        self._one_each = {
            field: bool(ends[-1] == len(ends) - 1 and np.all(np.diff(ends) == 1))
            for field, ends in self._ends.items()
        }

    def held(self, field: str) -> int:
        """How many values everybody has together."""
        return len(self._numbers[field])

    def counts(self, field: str, uids: NDArray[np.int64], values: int) -> NDArray[np.int64]:
        """How many of these persons have each of the field's ``values`` numbers."""
        if self._one_each[field]:
            return np.bincount(self._numbers[field][uids], minlength=values)
        parts = (self._of(field, uids[start : start + _BATCH]) for start in range(0, len(uids), _BATCH))
        return sum((np.bincount(part, minlength=values) for part in parts), np.zeros(values, np.int64))

    def _of(self, field: str, uids: NDArray[np.int64]) -> NDArray[np.uint32]:
        """All numbers of these persons, one person after another."""
        ends = self._ends[field]
        begins = ends[uids].astype(np.int64)
        lengths = ends[uids + 1] - begins
        shift = np.repeat(begins - (np.cumsum(lengths) - lengths), lengths)
        numbers: NDArray[np.uint32] = self._numbers[field][shift + np.arange(len(shift))]
        return numbers
