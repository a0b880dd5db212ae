"""Facets as columns of numbers: a number stands for a field and a value of it.

Several fields share a column, since each column more costs every person time when it is written and every search when it is
counted. Those that are asked for most stand together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from audience.engines.base import FACET_FIELDS, TERM_FIELD

_OFTEN = ("tag", "region", "source", "activity", "community", "follows", "topic", "hour")
COLUMNS: Mapping[str, Sequence[str]] = {
    "facets": _OFTEN,
    "more_facets": tuple(name for name in FACET_FIELDS if name not in _OFTEN),
    "term_facet": (TERM_FIELD,),
}
# A number is the value's place among the field's values, times FIELDS, plus the field's place in its column.
FIELDS = 32
_FILE = "values.json"


class ValueWriter:
    """Numbers the values of each field in the order in which they are met."""

    def __init__(self) -> None:
        # Polars forgets the numbers of a kind that no series is of: these keep them.
        self._kept = {
            name: pl.Series(dtype=pl.Categorical(pl.Categories.random()))
            for fields in COLUMNS.values()
            for name in fields
        }

    def codes(self, batch: pl.DataFrame, column: str) -> pl.Series:
        """The numbers of a column, a list a person, from a batch's lists of values."""
        fields = [batch[name] for name in COLUMNS[column]]
        numbers = [
            values.explode(empty_as_null=False).cast(self._kept[values.name].dtype).to_physical() * FIELDS
            + place
            for place, values in enumerate(fields)
        ]
        lengths = np.stack([values.list.len().to_numpy() for values in fields], axis=1).astype(np.int64)
        return _interleaved(np.concatenate(numbers), lengths).alias(column)

    def write(self, folder: Path) -> None:
        """Keep the values beside the index."""
        values = {name: _values(kept.dtype) for name, kept in self._kept.items()}
        (folder / _FILE).write_text(json.dumps(values, ensure_ascii=False), "utf-8")


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


def read_values(folder: Path) -> Mapping[str, Sequence[str]]:
    """The values of each field, in the order of their places. Raises ValueError or OSError where they are damaged."""
    values: dict[str, list[str]] = json.loads((folder / _FILE).read_text("utf-8"))
    return values


def columns_of(fields: Iterable[str]) -> list[str]:
    """The columns that hold these fields."""
    asked = set(fields)
    return [column for column, held in COLUMNS.items() if asked.intersection(held)]
