"""What people are like, beside an index: a unit vector a person in whole numbers, by ``uid``, and orders by likeness to one.

All vectors are on one scale, so the product of two is a whole number: exact in single precision, and therefore the same
wherever and in whatever batches it is worked out, and whichever engine found the people.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audience.engines.stretches import mapped

if TYPE_CHECKING:
    import polars as pl

VECTORS = "vectors.npy"
DIMENSIONS = 64
_SCALE = 127
# The likeness of people without a vector: below any product of two, so that they come last.
UNLIKE = -(1 << 15)
# People worked out at a time: what a step makes stays in the processor's cache, and is too little for threads to be woken.
_BATCH = 2_048

Vector: TypeAlias = NDArray[np.int8]
Places: TypeAlias = NDArray[np.int64]


def whole(vectors: NDArray[np.floating]) -> NDArray[np.int8]:
    """Vectors (people x dimensions) at length 1, in whole numbers; zeros where there is no direction."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-6)
    rounded: NDArray[np.int8] = np.rint(units * _SCALE).astype(np.int8)
    return rounded


def kept(folder: Path, batches: Iterable[pl.DataFrame]) -> Generator[pl.DataFrame, None, None]:
    """The batches as they pass, their column ``vector`` written into the folder: of all people, once all have passed.

    Batches without that column, and people without a vector, have zeros.
    """
    people, dimensions = 0, 0
    # A file of its own: a build that was broken off may still hold the one before.
    (folder / VECTORS).unlink(missing_ok=True)
    with (folder / VECTORS).open("wb") as file:
        _head(file, people, dimensions)
        for batch in batches:
            if "vector" in batch.columns:
                rows = _rows(batch["vector"])
                people, dimensions = people + len(rows), rows.shape[1]
                file.write(rows.tobytes())
            else:
                people += batch.height
            yield batch
        file.seek(0)
        _head(file, people, dimensions)
        file.flush()
        os.fsync(file.fileno())


def _head(file: BinaryIO, people: int, dimensions: int) -> None:
    """NumPy's own header: padded by as much as the first number may grow."""
    shape = {"descr": "|i1", "fortran_order": False, "shape": (people, dimensions)}
    np.lib.format.write_array_header_1_0(file, shape)


def _rows(vectors: pl.Series) -> NDArray[np.int8]:
    import polars as pl

    assert isinstance(vectors.dtype, pl.Array)
    zeros = pl.lit([0] * vectors.dtype.shape[0], dtype=vectors.dtype)
    return vectors.to_frame().select(pl.coalesce(vectors.name, zeros)).to_series().to_numpy()


class Vectors:
    """The vectors of an index, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the file is damaged."""
        self._rows: NDArray[np.int8] = mapped(folder / VECTORS)
        self.dimensions: int = self._rows.shape[1]

    def __len__(self) -> int:
        return len(self._rows)

    def known(self, uids: Places) -> NDArray[np.bool_]:
        """Which of these people have a vector."""
        return np.asarray(self._rows.take(uids, axis=0).any(axis=1), dtype=np.bool_)

    def mean(self, uids: Places) -> Vector:
        """The direction of some people together."""
        parts = (uids[start : start + _BATCH] for start in range(0, len(uids), _BATCH))
        sums = (self._rows.take(part, axis=0).sum(axis=0, dtype=np.int64) for part in parts)
        total = sum(sums, np.zeros(self.dimensions, np.int64))
        mean: Vector = whole(total[np.newaxis].astype(np.float64))[0]
        return mean

    def first(self, like: Vector, uids: Places, limit: int, after: int | None = None) -> Places:
        """The places of the ``limit`` most alike among these people, those that follow the person ``after``, in order."""
        places = self._places(like, uids)
        if after is not None:
            places = places[places > self._places(like, np.array([after]))[0]]
        if len(places) > limit:
            places = np.partition(places, limit - 1)[:limit]
        return np.sort(places)

    def _places(self, like: Vector, uids: Places) -> Places:
        """Where people stand in the order: likeness and uid as one number, the smallest first."""
        likeness = np.empty(len(uids), np.int64)
        weights = like.astype(np.float32)
        for start in range(0, len(uids), _BATCH):
            rows = self._rows.take(uids[start : start + _BATCH], axis=0)
            products = rows.astype(np.float32) @ weights
            nought = np.flatnonzero(products == 0)
            products[nought[~rows[nought].any(axis=1)]] = UNLIKE
            likeness[start : start + len(products)] = products
        return (-likeness << 32) | uids


def unpacked(places: Places) -> list[tuple[int, float]]:
    """The uid and the likeness of each place: the product of the two vectors, UNLIKE where there is none."""
    uids, likeness = places & ((1 << 32) - 1), -(places >> 32)
    return list(zip(uids.tolist(), likeness.astype(np.float64).tolist(), strict=True))


def cosine(likeness: float) -> float | None:
    """A likeness as the cosine of two directions, -1 to 1; None where there is none."""
    return None if likeness == UNLIKE else max(-1.0, min(1.0, likeness / _SCALE**2))
