"""Compressed sparse rows without values: who stands in each node's row, over 32-bit numbers."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Entries multiplied at once: the ones that stand for missing weights then stay in the processor's cache.
BLOCK = 1 << 17

# With fewer blocks, waking threads takes as long as they save.
WORTH_THREADS = 4

# The numbers of nodes and entries are 32 bits wide, and so is SciPy's index of either.
MOST = 2**31 - 1


class TooLargeError(ValueError):
    """More nodes or edges than one graph here holds."""


def check_size(count: int, what: str) -> None:
    """Refuse more nodes or edges than 32-bit numbers reach, before anything is allocated."""
    if count > MOST:
        raise TooLargeError(
            f"{count:,} {what} are more than one graph holds ({MOST:,}): keep fewer kinds, a shorter time or "
            "the accounts of one community, or build it on Spark (GraphFrames) from the same table"
        )


@dataclass(frozen=True)
class Rows:
    """Row i holds ``indices[indptr[i]:indptr[i + 1]]``: sorted, each once. Square: as many columns as rows.

    ``counted`` are the entries of each column, where whoever made the rows had counted them anyway.
    """

    indptr: Ints
    indices: Ints
    counted: Ints | None = field(default=None, repr=False, compare=False)

    @property
    def size(self) -> int:
        """How many rows."""
        return len(self.indptr) - 1

    @property
    def entries(self) -> int:
        """How many entries in all rows."""
        return len(self.indices)

    @cached_property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Entries in each row."""
        return np.diff(self.indptr).astype(np.int64)

    @cached_property
    def column_lengths(self) -> npt.NDArray[np.int64]:
        """Entries in each column."""
        if self.counted is None:
            return np.bincount(self.indices, minlength=self.size).astype(np.int64)
        return self.counted.astype(np.int64)

    def owners(self) -> Ints:
        """The row of each entry."""
        return np.repeat(np.arange(self.size, dtype=np.int32), self.lengths)

    def matrix(self, values: npt.NDArray[Any] | None = None) -> sparse.csr_array:
        """As a SciPy matrix over the same arrays; ones where there are no values."""
        data = np.ones(self.entries) if values is None else values
        return sparse.csr_array((data, self.indices, self.indptr), shape=(self.size, self.size))

    def transposed(self) -> Rows:
        """Columns as rows."""
        turned = self.matrix(np.zeros(self.entries, np.int8)).tocsc()
        return Rows(turned.indptr, turned.indices, np.diff(self.indptr))

    def keep(self, wanted: Mask) -> Rows:
        """Only the entries that are marked in `wanted`."""
        before = np.concatenate([[0], np.cumsum(wanted)])
        return Rows(before[self.indptr].astype(np.int32), self.indices[wanted])

    def among(self, chosen: Mask) -> tuple[Rows, Mask]:
        """Only the rows and columns that are marked in `chosen`, renumbered; and which entries they keep."""
        wanted = chosen[self.owners()] & chosen[self.indices]
        kept = self.keep(wanted)
        number = (np.cumsum(chosen) - 1).astype(np.int32)
        indptr = np.append(kept.indptr[:-1][chosen], np.int32(kept.entries))
        return Rows(indptr, number[kept.indices]), wanted

    def of(self, chosen: npt.NDArray[np.integer[Any]]) -> Ints:
        """All entries of the chosen rows, one row after the other."""
        return self.indices[self.positions(chosen)]

    def positions(self, chosen: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int64]:
        """Where the entries of the chosen rows stand in `indices`."""
        lengths = self.lengths[chosen]
        starts = self.indptr[chosen] - np.concatenate([[0], np.cumsum(lengths)[:-1]])[: len(lengths)]
        return np.repeat(starts, lengths) + np.arange(lengths.sum())


def compress(rows: Ints, cols: Ints, size: int, with_order: bool) -> tuple[Rows, Ints | None, Ints | None]:
    """Rows from pairs in any order: two counting sorts, first by column, then by row.

    Returns the rows with repeated entries made one; where each kept entry's run starts, or None where nothing
    repeats; and, if asked, the place among the pairs of every entry before repeats were made one.
    """
    marks = np.arange(len(rows), dtype=np.int32) if with_order else np.zeros(len(rows), np.int8)
    pairs = sparse.coo_array((marks, (cols, rows)), shape=(size, size))
    pairs.has_canonical_format = True  # no sorting yet: the second pass sorts
    by_column = pairs.tocsr()
    counted = np.diff(by_column.indptr)
    by_row = by_column.tocsc()
    del by_column
    order = by_row.data if with_order else None
    found = Rows(by_row.indptr, by_row.indices, counted)
    first = np.ones(found.entries, np.bool_)
    np.not_equal(found.indices[1:], found.indices[:-1], out=first[1:])
    first[found.indptr[:-1][found.lengths > 0]] = True
    if first.all():
        return found, None, order
    return found.keep(first), np.flatnonzero(first).astype(np.int32), order


class Product:
    """``rows @ vector`` on all cores: blocks of rows by themselves, the same sum however many threads run.

    Without values every entry counts 1, and no array of ones as long as the graph is made.
    """

    def __init__(self, rows: Rows, values: Floats | None = None) -> None:
        widest = int(rows.lengths.max(initial=0))
        ones = np.ones(min(max(BLOCK, widest), rows.entries)) if values is None else None
        self._size = rows.size
        self._blocks: list[tuple[slice, sparse.csr_array]] = []
        for start, end in _cuts(rows.indptr):
            low, high = int(rows.indptr[start]), int(rows.indptr[end])
            block = sparse.csr_array((end - start, rows.size))
            block.data = ones[: high - low] if ones is not None else values[low:high]  # type: ignore[index]
            block.indices = rows.indices[low:high]  # its constructor would copy such a part
            block.indptr = rows.indptr[start : end + 1] - low
            self._blocks.append((slice(start, end), block))
        self._helpers = min(len(self._blocks) // WORTH_THREADS, 1) * (cores() - 1)
        self._pool = ThreadPoolExecutor(
            max(self._helpers, 1)
        )  # its threads start when needed and end with it

    def __call__(self, vector: Floats, out: Floats | None = None) -> Floats:
        """The product, in ``out`` where given, else as a new array."""
        result = np.empty(self._size) if out is None else out
        todo = iter(self._blocks)  # threads take the next from it, each at its own speed

        def multiply() -> None:
            for place, block in todo:
                result[place] = block @ vector

        helping = [self._pool.submit(multiply) for _ in range(self._helpers)]
        multiply()
        for helper in helping:
            if not helper.cancel():
                helper.result()
        return result


def _cuts(indptr: Ints) -> list[tuple[int, int]]:
    """Ranges of rows with about `BLOCK` entries each, at least one row."""
    size, entries, cuts = len(indptr) - 1, int(indptr[-1]), [0]
    while cuts[-1] < size:
        start = cuts[-1]
        upto = np.int32(min(int(indptr[start]) + BLOCK, entries))  # another type would copy them all
        end = int(np.searchsorted(indptr, upto, side="right")) - 1
        cuts.append(min(max(end, start + 1), size))
    return list(pairwise(cuts))


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
