"""The answered audiences in memory, as far as it takes to tell most of them from another one at a glance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from audience.engines.base import CELLS

Signature: TypeAlias = NDArray[np.int64]
_COARSE = 64


def cells_for(k: int) -> int:
    """In how many cells audiences are kept for one k: few, where unrelated ones still differ in far more than k and half."""
    return _COARSE if 3 * k <= _COARSE else CELLS


class Seen:
    """Id, people and signature of every audience that was answered with one k, in the order they were answered in."""

    def __init__(self, cells: int) -> None:
        self.last = 0  # the highest id
        self._cells, self._count = cells, 0
        self._ids = np.zeros(0, dtype=np.int64)
        self._totals = np.zeros(0, dtype=np.int64)
        self._signatures = np.zeros((0, cells), dtype=np.int64)

    def add(self, rows: Iterable[tuple[int, int, bytes]]) -> None:
        """Take in (id, people, signature); a signature of more cells is made one of fewer, neighbours together."""
        for number, total, marks in rows:
            if self._count == len(self._ids):
                self._grow()
            at = self._count
            signature = np.frombuffer(marks, dtype=np.int64)
            self._ids[at], self._totals[at] = number, total
            self._signatures[at] = signature.reshape(self._cells, -1).sum(axis=1)
            self._count, self.last = at + 1, number

    def near(self, total: int, within: int, signature: Signature, fewer: int) -> list[tuple[int, int, int]]:
        """Id, people and cells apart, of audiences ``within`` so many of ``total`` that differ in ``fewer`` cells than that."""
        at = np.flatnonzero(np.abs(self._totals[: self._count] - total) <= within)
        apart = np.count_nonzero(self._signatures[at] != signature, axis=1)
        close = apart < fewer
        at, apart = at[close], apart[close]
        return list(zip(self._ids[at].tolist(), self._totals[at].tolist(), apart.tolist(), strict=True))

    def _grow(self) -> None:
        more = max(256, self._count)
        self._ids = np.concatenate([self._ids, np.zeros(more, dtype=np.int64)])
        self._totals = np.concatenate([self._totals, np.zeros(more, dtype=np.int64)])
        self._signatures = np.concatenate([self._signatures, np.zeros((more, self._cells), dtype=np.int64)])
