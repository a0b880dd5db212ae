"""Values as numbers: while an index is written, each value of a field gets the next number when it is first met."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audience.engines.tantivy_files import COLUMNS, VALUES


@dataclass(frozen=True, slots=True)
class Numbered:
    """The numbers of a field's values, person after person, and how many each person of the batch has."""

    numbers: NDArray[np.uint32]
    lengths: NDArray[np.int64]


class ValueWriter:
    """Numbers the values of each field from 0 on."""

    def __init__(self, fields: Sequence[str]) -> None:
        # Polars forgets the places of a kind's values when no series is of it: these keep them.
        self._kept = {name: pl.Series(dtype=pl.Categorical(pl.Categories.random())) for name in fields}

    def numbered(self, lists: pl.Series) -> Numbered:
        """The numbers of the field that the series is named after, from a list of texts a person."""
        values = lists.explode(empty_as_null=False).cast(self._kept[lists.name].dtype)
        numbers = values.to_physical().to_numpy().astype(np.uint32, copy=False)
        return Numbered(numbers, lists.list.len().to_numpy().astype(np.int64))

    def values(self, field: str) -> list[str]:
        """The values of a field so far, in the order of their numbers."""
        kind = self._kept[field].dtype
        assert isinstance(kind, pl.Categorical)
        values: list[str] = kind.categories.to_series().to_list()
        return values

    def write(self, folder: Path) -> None:
        """Keep the values that are counted beside the index."""
        told = {field: self.values(field) for fields in COLUMNS.values() for field in fields}
        (folder / VALUES).write_text(json.dumps(told, ensure_ascii=False), "utf-8")


class Values:
    """What the numbers of an index stand for."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the file is damaged."""
        self._of: Mapping[str, list[str]] = json.loads((folder / VALUES).read_text("utf-8"))

    def of_field(self, field: str) -> Sequence[str]:
        """All values of a field, by number."""
        return self._of[field]

    def numbers(self) -> dict[str, int]:
        """How many values each field has."""
        return {field: len(values) for field, values in self._of.items()}
