"""What is kept of edges beside their ends: weights, kinds and times, and how parallel edges become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.numbering import Ids
from graph.rows import Floats, Ints

MOST_KINDS = 8


@dataclass(frozen=True)
class EdgeColumns:
    """Values of edges in the order in which the edges were given; what is None is not kept."""

    weight: Floats | None = None
    kinds: npt.NDArray[np.uint8] | None = None
    at: npt.NDArray[np.datetime64] | None = None
    kind_names: Sequence[str] = ()

    @classmethod
    def of(cls, weight: Ids | None, kind: Ids | None, at: Ids | None) -> Self:
        """Take over columns as they come; ValueError for a weight that is not a number or too many kinds."""
        weights = None if weight is None else np.asarray(weight, dtype=np.float64)
        if weights is not None and np.isnan(weights).any():
            place = int(np.flatnonzero(np.isnan(weights))[0])
            raise ValueError(
                f"weight {place} of {len(weights)} is not a number: drop the edge or give it a weight"
            )
        bits, names = (None, ()) if kind is None else _bits(pl.Series(values=kind))
        times = None if at is None else _times(at)
        return cls(weights, bits, times, names)

    @property
    def empty(self) -> bool:
        """Whether nothing is kept."""
        return self.weight is None and self.kinds is None and self.at is None

    def repeated(self, places: npt.NDArray[np.integer[Any]]) -> EdgeColumns:
        """The same, and once more the values at `places`."""

        def again(values: npt.NDArray[Any] | None) -> Any:
            return None if values is None else np.concatenate([values, values[places]])

        return EdgeColumns(again(self.weight), again(self.kinds), again(self.at), self.kind_names)

    def merged(self, order: Ints | None, starts: Ints | None, edges: int) -> dict[str, npt.NDArray[Any]]:
        """In the order of the rows, runs of parallel edges made one: weights added, kinds joined, the latest time.

        Parallel edges without weights weigh as much as there are of them.
        """
        columns: dict[str, npt.NDArray[Any]] = {}
        if self.weight is not None:
            columns["weight"] = _reduced(np.add, self.weight, order, starts)
        elif starts is not None:
            columns["weight"] = np.diff(starts, append=edges).astype(np.float64)
        if self.kinds is not None:
            columns["kinds"] = _reduced(np.bitwise_or, self.kinds, order, starts)
        if self.at is not None:
            columns["at"] = _reduced(np.maximum, self.at.view(np.int64), order, starts).view(self.at.dtype)
        return columns


def _reduced(
    how: np.ufunc, values: npt.NDArray[Any], order: Ints | None, starts: Ints | None
) -> npt.NDArray[Any]:
    ordered = values if order is None else values[order]
    return ordered if starts is None else how.reduceat(ordered, starts)


def _bits(kind: pl.Series) -> tuple[npt.NDArray[np.uint8], list[str]]:
    if kind.null_count():
        raise ValueError("an edge needs a kind where kinds are given: null found")
    names = kind.cast(pl.String).unique().sort().to_list()
    if len(names) > MOST_KINDS:
        raise ValueError(f"{len(names)} kinds of edges; at most {MOST_KINDS} are kept: leave some out first")
    place = kind.cast(pl.String).replace_strict(names, list(range(len(names))), return_dtype=pl.UInt8)
    return np.left_shift(np.uint8(1), place.to_numpy(), dtype=np.uint8), names


def _times(at: Ids) -> npt.NDArray[np.datetime64]:
    times = pl.Series(values=at).cast(pl.Datetime("us")) if not isinstance(at, pl.Series) else at
    if isinstance(times.dtype, pl.Datetime) and times.dtype.time_zone is not None:
        times = times.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return times.cast(pl.Datetime("us")).to_numpy()
