"""Who passes something on to whom, and how likely: the graph that spreading runs on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.numbering import Ids, encode

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
_OVER_ONE = 1.0 + 1e-5
_MANY = 8  # in-edges from which a jump is cheaper than trying each


@dataclass(frozen=True)
class SpreadNetwork:
    """Edges by the account that is reached: those into ``v`` stand at ``start[v]`` to ``start[v + 1]``.

    ``source[e]`` is the account that passes on, ``chance[e]`` (0 to 1) how likely the edge carries. Under independent
    cascade every edge is tried once; under linear threshold the chances into one account are its weights and may add
    up to at most 1.
    """

    ids: pl.Series
    start: Longs
    source: Ints
    chance: Floats

    @classmethod
    def from_edges(
        cls, source: Ids, target: Ids, chance: Ids | None = None, nodes: Ids | None = None
    ) -> Self:
        """Build from parallel columns: ``source`` passes on to ``target`` with ``chance``.

        Without ``chance`` the weighted cascade of D. Kempe, J. Kleinberg and É. Tardos (KDD 2003) is taken: 1 over the
        number of accounts that reach the target. Repeated pairs are one edge, which carries unless all of them fail;
        self loops go. ``nodes`` adds accounts without edges. Raises ValueError for chances that are no number from 0
        to 1, and for columns of different length.
        """
        if len(source) != len(target) or (chance is not None and len(chance) != len(source)):
            raise ValueError("source, target and chance must have one length")
        (rows, cols, _), number = encode(source, target, [] if nodes is None else nodes)
        values = None if chance is None else np.asarray(chance, np.float64)
        if values is not None and not bool(np.all((values >= 0) & (values <= 1))):
            raise ValueError("a chance lies between 0 and 1")
        ids, own = number.ids, rows != cols
        frame = pl.DataFrame({"target": cols[own], "source": rows[own]})
        if values is not None:
            frame = frame.with_columns(fails=1.0 - values[own])
        pairs = frame.group_by("target", "source").agg(
            pl.col("fails").product() if values is not None else pl.lit(0.0).alias("fails")
        )
        pairs = pairs.sort("target", "source")
        reached = pairs["target"].to_numpy()
        counts = np.bincount(reached, minlength=len(ids))
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        carried = 1.0 / counts[reached] if values is None else 1.0 - pairs["fails"].to_numpy()
        return cls(ids, start, pairs["source"].to_numpy(), carried.astype(np.float32))

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def skip(self) -> npt.NDArray[np.float64]:
        """log(1 - p) of accounts whose many in-edges all have one chance p, else 0: lets a sampler jump over failures.

        Q. Guo et al., "Influence Maximization Revisited: Efficient Reverse Reachable Set Generation with Bound
        Tightened", SIGMOD 2020 (SUBSIM): the gap between two edges that carry is geometric.
        """
        degree = np.diff(self.start)
        logs = np.zeros(len(self))
        many = np.flatnonzero(degree >= _MANY)
        if len(many):
            lowest = np.minimum.reduceat(self.chance, self.start[:-1][degree > 0])
            highest = np.maximum.reduceat(self.chance, self.start[:-1][degree > 0])
            place = np.cumsum(degree > 0) - 1
            low, high = lowest[place[many]], highest[place[many]]
            even = (low == high) & (high > 0) & (high < 1)
            logs[many[even]] = np.log1p(-high[even].astype(np.float64))
        return logs

    @cached_property
    def outward(self) -> tuple[Longs, Ints, Floats]:
        """The same edges by the account that passes on: start, target, chance."""
        order = np.argsort(self.source, kind="stable")
        target = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.start))[order]
        counts = np.bincount(self.source, minlength=len(self))
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return start, target, self.chance[order]

    def numbers(self, ids: Ids) -> Ints:
        """The node numbers of these ids. Raises KeyError for one that the network doesn't hold."""
        asked = (
            pl.Series("id", ids, dtype=self.ids.dtype) if not isinstance(ids, pl.Series) else ids.rename("id")
        )
        known = pl.DataFrame({"id": self.ids, "n": np.arange(len(self), dtype=np.int32)})
        found = asked.to_frame().join(known, on="id", how="left", maintain_order="left")
        if found["n"].null_count():
            raise KeyError(found.filter(pl.col("n").is_null())["id"][0])
        return found["n"].to_numpy()

    def demand_weights(self) -> None:
        """Raise ValueError where the chances into one account add up to more than 1 (linear threshold)."""
        reached = np.repeat(np.arange(len(self)), np.diff(self.start))
        total = np.bincount(reached, weights=self.chance, minlength=len(self))
        if len(self) and float(total.max(initial=0.0)) > _OVER_ONE:
            raise ValueError("under linear threshold the weights into an account add up to at most 1")
