"""A compact graph: compressed sparse rows over 32-bit node numbers, with the node names both ways."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

Ids = pl.Series | npt.NDArray[Any] | Sequence[Any]
Floats = npt.NDArray[np.float64]


def encode(*columns: Ids) -> tuple[list[npt.NDArray[np.int32]], pl.Series]:
    """Number the ids of several columns together.

    Returns the columns as int32 node numbers, and the sorted distinct ids, so that the numbering does
    not depend on the order of the rows. Nulls are refused with ValueError.
    """
    series = [pl.Series(values=column) if not isinstance(column, pl.Series) else column for column in columns]
    filled = [column for column in series if len(column)]
    if not filled:
        return [np.zeros(0, np.int32) for _ in series], pl.Series("id", [], pl.String)
    everything = pl.concat([column.rename("id") for column in filled], how="vertical", rechunk=True)
    if everything.null_count():
        raise ValueError("an edge needs two ids: null found")
    ids = everything.unique().sort()
    numbers = pl.DataFrame({"id": ids, "n": np.arange(len(ids), dtype=np.int32)})
    found = everything.to_frame().join(numbers, on="id", how="left", maintain_order="left")["n"].to_numpy()
    cuts = np.cumsum([len(column) for column in series])[:-1]
    return [np.ascontiguousarray(part, dtype=np.int32) for part in np.split(found, cuts)], ids


class CsrGraph:
    """A graph that does not change, as one SciPy CSR matrix; the graph type of the NetworkX backend `renqun`.

    Parallel edges are one edge, their weights added. An undirected edge stands in both rows, a self loop
    once. `weight_name` is the edge attribute that the weights answer to; under any other name every edge
    weighs 1, as in NetworkX where the attribute is missing.
    """

    __networkx_backend__ = "renqun"

    def __init__(
        self,
        matrix: sparse.csr_array,
        labels: Sequence[Hashable],
        *,
        directed: bool,
        weight_name: str | None = "weight",
    ) -> None:
        if matrix.shape != (len(labels), len(labels)):
            raise ValueError(f"{len(labels)} names for a matrix of shape {matrix.shape}")
        self.matrix = matrix
        self.labels = labels
        self.directed = directed
        self.weight_name = weight_name
        self.graph: dict[str, Any] = {}

    @classmethod
    def from_edges(
        cls,
        src: Ids,
        dst: Ids,
        weight: Ids | None = None,
        directed: bool = True,
        nodes: Ids | None = None,
    ) -> Self:
        """Build from parallel columns of ids (strings or integers) and weights (1 where not given).

        `nodes` adds nodes that may have no edge. Nodes come out sorted by id. Raises ValueError where the
        columns differ in length or an id is null.
        """
        if len(src) != len(dst) or (weight is not None and len(weight) != len(src)):
            raise ValueError("src, dst and weight must have one length")
        (rows, cols, _), ids = encode(src, dst, [] if nodes is None else nodes)
        values = np.ones(len(rows)) if weight is None else np.asarray(weight, dtype=np.float64)
        return cls(assemble(rows, cols, values, len(ids), directed), ids.to_list(), directed=directed)

    @cached_property
    def index(self) -> dict[Hashable, int]:
        """Node number of each name."""
        return {label: number for number, label in enumerate(self.labels)}

    def weights(self, name: str | None) -> sparse.csr_array:
        """The adjacency matrix weighted by the edge attribute `name`; ones where that is not kept."""
        if name is not None and name == self.weight_name:
            return self.matrix
        ones = np.ones(self.matrix.nnz)
        return sparse.csr_array((ones, self.matrix.indices, self.matrix.indptr), shape=self.matrix.shape)

    def is_directed(self) -> bool:
        """Whether edges have a direction."""
        return self.directed

    def is_multigraph(self) -> bool:
        """Never: parallel edges are added up."""
        return False

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.labels)

    def __contains__(self, node: object) -> bool:
        try:
            return node in self.index
        except TypeError:
            return False

    def number_of_nodes(self) -> int:
        """How many nodes."""
        return len(self.labels)

    def order(self) -> int:
        """How many nodes, under NetworkX's other name."""
        return len(self.labels)

    def number_of_edges(self) -> int:
        """How many edges; an undirected one counts once."""
        if self.directed:
            return int(self.matrix.nnz)
        return int(self.matrix.nnz + self._loops.sum()) // 2

    def nodes(self) -> list[Hashable]:
        """The names of the nodes, in order."""
        return list(self.labels)

    def edges(self) -> Iterator[tuple[Hashable, Hashable, float]]:
        """Edges as (name, name, weight); an undirected one once."""
        coo = self.matrix.tocoo()
        for row, col, value in zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist(), strict=True):
            if self.directed or row <= col:
                yield self.labels[row], self.labels[col], value

    @cached_property
    def _loops(self) -> npt.NDArray[np.int64]:
        rows = np.repeat(np.arange(len(self)), np.diff(self.matrix.indptr))
        own = rows[rows == self.matrix.indices]
        return np.bincount(own, minlength=len(self)).astype(np.int64)

    def in_degrees(self) -> npt.NDArray[np.int64]:
        """Edges that end in each node (directed)."""
        return np.bincount(self.matrix.indices, minlength=len(self)).astype(np.int64)

    def degrees(self) -> npt.NDArray[np.int64]:
        """Edge ends at each node: a self loop counts twice, as in NetworkX."""
        out = np.diff(self.matrix.indptr).astype(np.int64)
        return out + (self.in_degrees() if self.directed else self._loops)


def assemble(
    rows: npt.NDArray[np.int32], cols: npt.NDArray[np.int32], values: Floats, size: int, directed: bool
) -> sparse.csr_array:
    """Sum parallel edges into a canonical CSR matrix; mirror them where undirected."""
    if not directed:
        other = rows != cols
        rows, cols, values = (
            np.concatenate([rows, cols[other]]),
            np.concatenate([cols, rows[other]]),
            np.concatenate([values, values[other]]),
        )
    matrix = sparse.coo_array((values, (rows, cols)), shape=(size, size)).tocsr()
    matrix.sum_duplicates()
    return cast(sparse.csr_array, matrix)
