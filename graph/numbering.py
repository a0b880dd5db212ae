"""Ids to numbers and back: distinct ids in sorted order, learnt batch by batch."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.rows import Ints, Mask, check_size, cores

Ids = pl.Series | npt.NDArray[Any] | Sequence[Any]

# Whole numbers within this span of each other are looked up in a table, others (and strings) in a hash table.
SPAN = 1 << 26

# Ids taken at once: bounds what hashing needs beside the ids themselves.
BATCH = 1_000_000

# Strings coded at once; each piece has its own list of the different ones.
PIECE = 4_000_000


def as_ids(column: Ids) -> pl.Series:
    """A column of strings or whole numbers (Int64); anything else is a ValueError that says so."""
    ids = column if isinstance(column, pl.Series) else _series(column)
    if ids.dtype in (pl.Categorical, pl.Enum):
        ids = ids.cast(pl.String)
    if ids.dtype == pl.Null and not len(ids):
        return ids
    if ids.null_count():
        raise ValueError("an edge needs two ids: null found")
    if ids.dtype.is_integer():
        return ids.cast(pl.Int64)
    if ids.dtype != pl.String:
        raise ValueError(
            f"node ids are strings or whole numbers here, not {ids.dtype}; other ids can come from NetworkX"
        )
    return ids


def _series(column: Ids) -> pl.Series:
    try:
        return pl.Series(values=column)
    except TypeError as error:
        raise ValueError("node ids of one graph are all strings or all whole numbers here") from error


def batches(ids: pl.Series) -> Iterable[pl.Series]:
    """The same column, `BATCH` ids at a time."""
    return (ids.slice(start, BATCH) for start in range(0, len(ids), BATCH))


def encode(*columns: Ids) -> tuple[list[Ints], Numbering]:
    """Number the ids of several columns together: the columns as numbers, and the numbering."""
    coded = [_pieces(as_ids(column)) for column in columns]
    number = Numbering(piece.ids for pieces in coded for piece in pieces)
    return [_numbers(pieces, number) for pieces in coded], number


def _pieces(ids: pl.Series) -> list[Coded]:
    """A column in pieces; of strings each stands once in a piece, so that it is compared with others once."""
    if ids.dtype != pl.String:
        return [Coded(part) for part in batches(ids)]
    parts = [ids.slice(start, PIECE) for start in range(0, len(ids), PIECE)]
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(_coded, parts))


def _coded(ids: pl.Series) -> Coded:
    coded = ids.to_arrow().dictionary_encode()
    return Coded(pl.Series(values=coded.dictionary), coded.indices.to_numpy())


def _numbers(pieces: list[Coded], number: Numbering) -> Ints:
    found, done = np.empty(sum(map(len, pieces)), np.int32), 0
    for piece in pieces:
        found[done : done + len(piece)] = piece.numbers(number)
        done += len(piece)
    return found


class Numbering:
    """The number of each distinct id of `seen`; `labels` has the ids by number, sorted."""

    def __init__(self, seen: Iterable[pl.Series]) -> None:
        self._low = 0
        self._table: Mask | None = None
        self._places = np.zeros(0, np.int32)
        self._distinct: pl.Series | None = None
        self._numbers = pl.DataFrame()
        self.labels: Sequence[Hashable] = []
        for ids in seen:
            if len(ids):
                self._learn(ids)
        if self._table is not None:
            present = np.flatnonzero(self._table)
            check_size(len(present), "nodes")
            self._places = np.zeros(len(self._table), np.int32)
            self._places[present] = np.arange(len(present), dtype=np.int32)
            self.labels = _span_or_list(present + self._low)
        elif self._distinct is not None:
            ordered = self._distinct.sort()
            check_size(len(ordered), "nodes")
            self._numbers = pl.DataFrame({"id": ordered, "n": np.arange(len(ordered), dtype=np.int32)})
            self.labels = ordered.to_list()

    @property
    def ids(self) -> pl.Series:
        """The distinct ids by number, as a column."""
        if not len(self.labels):
            return pl.Series("id", [], pl.String)
        return pl.Series("id", self.labels)

    def __call__(self, ids: pl.Series) -> Ints:
        """The number of every id, all of which were seen."""
        if not len(ids):
            return np.zeros(0, np.int32)
        if self._table is not None:
            values = ids.to_numpy()
            found: Ints = self._places[values - self._low if self._low else values]
            return found
        parts = [
            part.alias("id")
            .to_frame()
            .join(self._numbers, on="id", how="left", maintain_order="left")["n"]
            .to_numpy()
            for part in batches(ids)
        ]
        return np.ascontiguousarray(np.concatenate(parts), dtype=np.int32)

    def _learn(self, ids: pl.Series) -> None:
        if self._distinct is None and ids.dtype == pl.Int64 and self._fits(ids):
            assert self._table is not None
            self._table[ids.to_numpy() - self._low] = True
            return
        if self._table is not None:  # whole numbers too far apart after all, or strings after numbers
            self._distinct = pl.Series("id", np.flatnonzero(self._table) + self._low, pl.Int64)
            self._table = None
        fresh = ids.alias("id").unique()
        if self._distinct is None:
            self._distinct = fresh
        elif self._distinct.dtype != fresh.dtype:
            raise ValueError("node ids of one graph are all strings or all whole numbers here")
        else:
            self._distinct = pl.concat([self._distinct, fresh]).unique()

    def _fits(self, ids: pl.Series) -> bool:
        """Widen the table to hold these ids too, unless they lie too far apart."""
        low, high = int(ids.min()), int(ids.max()) + 1  # type: ignore[arg-type]
        if self._table is not None:
            low, high = min(low, self._low), max(high, self._low + len(self._table))
            if (low, high) == (self._low, self._low + len(self._table)):
                return True
        elif 0 < low < SPAN and high <= SPAN:
            low = 0  # small numbers need no subtraction
        if high - low > SPAN:
            return False
        wider = np.zeros(high - low, np.bool_)
        if self._table is not None:
            wider[self._low - low : self._low - low + len(self._table)] = self._table
        self._low, self._table = low, wider
        return True


def _span_or_list(numbers: npt.NDArray[np.int64]) -> Sequence[Hashable]:
    """Consecutive numbers as a range, which takes no memory."""
    if len(numbers) and numbers[-1] - numbers[0] == len(numbers) - 1:
        return range(int(numbers[0]), int(numbers[-1]) + 1)
    labels: list[Hashable] = numbers.tolist()
    return labels


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of ids; where `places` are given each id stands once and they say which one each row has."""

    ids: pl.Series
    places: npt.NDArray[np.integer[Any]] | None = None

    def __len__(self) -> int:
        return len(self.ids if self.places is None else self.places)

    def numbers(self, number: Numbering) -> Ints:
        """The number of the id of every row."""
        found = number(self.ids)
        return found if self.places is None else found[self.places]
