"""Facets as columns of numbers: a number stands for a field and a value of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from audience.engines.tantivy_files import COLUMNS, VALUES


class ValueWriter:
    """Numbers the values of each column from 0 on, as they are met: the engine counts small numbers faster."""

    def __init__(self) -> None:
        fields = [name for held in COLUMNS.values() for name in held]
        # Polars forgets the places of a kind's values when no series is of it: these keep them.
        self._kept = {name: pl.Series(dtype=pl.Categorical(pl.Categories.random())) for name in fields}
        self._numbers = {name: np.zeros(0, np.uint32) for name in fields}

    def codes(self, batch: pl.DataFrame, column: str) -> pl.Series:
        """The numbers of a column, a list a person, from a batch's lists of values."""
        lists = [batch[name] for name in COLUMNS[column]]
        numbers = [self._numbered(column, values) for values in lists]
        lengths = np.stack([values.list.len().to_numpy() for values in lists], axis=1).astype(np.int64)
        return _interleaved(np.concatenate(numbers), lengths).alias(column)

    def write(self, folder: Path) -> None:
        """Keep the values beside the index: of each column, field and value in the order of their numbers."""
        told: dict[str, list[tuple[str, str]]] = {}
        for column, fields in COLUMNS.items():
            numbered = [
                (int(number), name, value)
                for name in fields
                for number, value in zip(self._numbers[name], _values(self._kept[name].dtype), strict=True)
            ]
            told[column] = [(name, value) for _, name, value in sorted(numbered)]
        (folder / VALUES).write_text(json.dumps(told, ensure_ascii=False), "utf-8")

    def _numbered(self, column: str, lists: pl.Series) -> NDArray[np.uint32]:
        """The numbers of a field's values; those that are new get the next ones of the column."""
        name = lists.name
        values = lists.explode(empty_as_null=False).cast(self._kept[name].dtype)
        places: NDArray[np.uint32] = values.to_physical().to_numpy()
        new = (int(places.max()) + 1 if len(places) else 0) - len(self._numbers[name])
        if new > 0:
            first = sum(len(self._numbers[field]) for field in COLUMNS[column])
            numbers = np.arange(first, first + new, dtype=np.uint32)
            self._numbers[name] = np.concatenate([self._numbers[name], numbers])
        numbered: NDArray[np.uint32] = self._numbers[name][places]
        return numbered


class Values:
    """What the numbers of an index stand for."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the file is damaged."""
        told: dict[str, list[tuple[str, str]]] = json.loads((folder / VALUES).read_text("utf-8"))
        self._by_column = told
        self._by_field: dict[str, list[str]] = {name: [] for held in COLUMNS.values() for name in held}
        numbers: dict[str, list[int]] = {name: [] for name in self._by_field}
        for pairs in told.values():
            for number, (name, value) in enumerate(pairs):
                self._by_field[name].append(value)
                numbers[name].append(number)
        self._numbers = {name: np.array(found, dtype=np.int64) for name, found in numbers.items()}

    def of_field(self, field: str) -> Sequence[str]:
        """All values of a field."""
        return self._by_field[field]

    def of_column(self, column: str) -> Sequence[tuple[str, str]]:
        """Field and value of each number of a column."""
        return self._by_column[column]

    def named(
        self, column: str, counts: NDArray[np.int64], fields: Iterable[str], size: int
    ) -> dict[str, dict[str, int]]:
        """From the counts of a column's numbers, those of its ``fields``: the ``size`` most frequent values of each."""
        told: dict[str, dict[str, int]] = {}
        for name in set(fields).intersection(COLUMNS[column]):
            of_field = counts[self._numbers[name]]
            best = np.argsort(-of_field, kind="stable")[: min(size, np.count_nonzero(of_field))]
            values = self._by_field[name]
            told[name] = dict(zip([values[at] for at in best.tolist()], of_field[best].tolist(), strict=True))
        return told


def _values(kind: pl.DataType) -> list[str]:
    assert isinstance(kind, pl.Categorical)
    values: list[str] = kind.categories.to_series().to_list()
    return values


def _interleaved(values: NDArray[np.uint32], lengths: NDArray[np.int64]) -> pl.Series:
    """Lists a person of ``values``, which stand field by field; ``lengths`` (persons, fields) says how many each has."""
    by_field = lengths.T.ravel()
    begins = (np.cumsum(by_field) - by_field).reshape(lengths.shape[::-1]).T.ravel()
    each, ends = lengths.ravel(), np.cumsum(lengths)
    picked = values[np.repeat(begins - (ends - each), each) + np.arange(len(values))]
    offsets = np.concatenate([[0], ends.reshape(lengths.shape)[:, -1]])
    lists = pl.from_arrow(pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(picked)))
    assert isinstance(lists, pl.Series)
    return lists


def columns_of(fields: Iterable[str]) -> list[str]:
    """The columns that hold these fields."""
    asked = set(fields)
    return [column for column, held in COLUMNS.items() if asked.intersection(held)]
