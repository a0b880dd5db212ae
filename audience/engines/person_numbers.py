"""What is known of each person as one number, beside an index, by ``uid``: conditions on numbers, orders, signatures."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyroaring import BitMap

from audience.engines.people import people_of
from audience.engines.stretches import mapped
from audience.engines.tantivy_files import NUMBERS, number_of

UNKNOWN = -1
# Ranges kept: that of "active in the last 30 days" is asked for again and again.
_RANGES = 64


class NumberWriter:
    """Takes the numbers of each batch; they are written at the end."""

    def __init__(self) -> None:
        self._batches: list[pl.DataFrame] = []

    def add(self, batch: pl.DataFrame) -> None:
        """The numbers of the next persons; null where unknown."""
        self._batches.append(batch.select(pl.col(name).cast(pl.Int64) for name in NUMBERS))

    def write(self, folder: Path) -> None:
        """Keep them beside the index."""
        none = pl.DataFrame(schema=dict.fromkeys(NUMBERS, pl.Int64))
        held = pl.concat([none, *self._batches]).fill_null(UNKNOWN)
        for name in NUMBERS:
            np.save(folder / number_of(name), held[name].shrink_dtype().to_numpy())


class PersonNumbers:
    """The numbers of an index, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the files are damaged."""
        self._numbers: dict[str, NDArray[np.integer]] = {
            name: mapped(folder / number_of(name)) for name in NUMBERS
        }
        if len({len(numbers) for numbers in self._numbers.values()}) > 1:
            raise ValueError("the numbers are damaged")
        self.between = lru_cache(_RANGES)(self._between)

    def of(self, name: str) -> NDArray[np.integer]:
        """One number of everybody, UNKNOWN where it is, in the smallest type that holds it."""
        return self._numbers[name]

    def _between(self, name: str, low: int | None, high: int | None) -> BitMap:
        """The people whose number is known and lies between ``low`` and ``high``."""
        numbers = self.of(name)
        inside = numbers >= max(0, low or 0)
        if high is not None:
            inside &= numbers <= high
        return people_of(np.flatnonzero(inside))
