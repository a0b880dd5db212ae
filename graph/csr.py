"""A compact graph: compressed sparse rows over 32-bit node numbers, with the node names both ways."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from graph.edge_columns import EdgeColumns
from graph.numbering import Ids, Numbering, encode
from graph.rows import Floats, Ints, Rows, check_size, compress

Column = npt.NDArray[Any]


class CsrGraph:
    """A graph that does not change; the graph type of the NetworkX backend `renqun`.

    `incoming` holds, for each node, the sorted numbers of those that point to it; of an undirected graph, its
    neighbours. Parallel edges are one edge. `columns` holds values of the edges in the order of `incoming`:
    ``weight`` (parallel edges added up), ``kinds`` (a bit for each of `kind_names`) and ``at`` (the latest time).
    An edge weighs 1 where no column of the name asked for is kept, as in NetworkX where the attribute is missing.
    """

    __networkx_backend__ = "renqun"

    def __init__(
        self,
        incoming: Rows,
        labels: Sequence[Hashable],
        *,
        directed: bool,
        columns: Mapping[str, Column] | None = None,
        kind_names: Sequence[str] = (),
    ) -> None:
        if incoming.size != len(labels):
            raise ValueError(f"{len(labels)} names for {incoming.size} nodes")
        self.incoming = incoming
        self.labels = labels
        self.directed = directed
        self.columns = dict(columns or {})
        self.kind_names = tuple(kind_names)
        self.graph: dict[str, Any] = {}

    @classmethod
    def from_edges(
        cls,
        src: Ids,
        dst: Ids,
        weight: Ids | None = None,
        directed: bool = True,
        nodes: Ids | None = None,
        *,
        kind: Ids | None = None,
        at: Ids | None = None,
    ) -> Self:
        """Build from parallel columns of ids (strings or integers), weights (1 where not given), kinds and times.

        `nodes` adds nodes that may have no edge. Nodes come out sorted by id, whatever the order of the rows.
        Raises ValueError where the columns differ in length, an id is null or a weight not a number, TooLargeError
        for 2^31 edges or more.
        """
        given = [column for column in (dst, weight, kind, at) if column is not None]
        if any(len(column) != len(src) for column in given):
            raise ValueError("src, dst, weight, kind and at must have one length")
        check_size(len(src) if directed else 2 * len(src), "edges")
        (rows, cols, _), number = encode(src, dst, [] if nodes is None else nodes)
        return cls._from_numbers(rows, cols, number.labels, directed, EdgeColumns.of(weight, kind, at))

    @classmethod
    def from_parquet(
        cls,
        path: Path | str,
        *,
        src: str = "src",
        dst: str = "dst",
        weight: str | None = None,
        kind: str | None = None,
        at: str | None = None,
        directed: bool = True,
    ) -> Self:
        """Build from a Parquet file of edges without holding its ids in memory; arguments name its columns.

        The file is read twice, a batch at a time: once to learn the ids, once to number them. Raises as
        `from_edges` does.
        """
        from graph.parquet import ParquetEdges

        file = ParquetEdges(path, src, dst, [name for name in (weight, kind, at) if name is not None])
        check_size(len(file) if directed else 2 * len(file), "edges")
        number = Numbering(column.ids for pair in file.ends() for column in pair)
        rows, cols = np.empty(len(file), np.int32), np.empty(len(file), np.int32)
        done = 0
        for sources, targets in file.ends():
            upto = done + len(sources)
            rows[done:upto], cols[done:upto] = sources.numbers(number), targets.numbers(number)
            done = upto
        columns = EdgeColumns.of(*(file.column(name) for name in (weight, kind, at)))
        return cls._from_numbers(rows, cols, number.labels, directed, columns)

    @classmethod
    def _from_numbers(
        cls, rows: Ints, cols: Ints, labels: Sequence[Hashable], directed: bool, columns: EdgeColumns
    ) -> Self:
        if not directed:
            other = np.flatnonzero(rows != cols)
            columns = columns.repeated(other)
            rows, cols = np.concatenate([rows, cols[other]]), np.concatenate([cols, rows[other]])
        incoming, starts, order = compress(cols, rows, len(labels), with_order=not columns.empty)
        merged = columns.merged(order, starts, len(rows))
        return cls(incoming, labels, directed=directed, columns=merged, kind_names=columns.kind_names)

    @cached_property
    def index(self) -> dict[Hashable, int]:
        """Node number of each name."""
        return {label: number for number, label in enumerate(self.labels)}

    def numbers(self, nodes: Iterable[Hashable]) -> Ints:
        """The numbers of named nodes; KeyError for one that the graph lacks."""
        return np.array([self.index[node] for node in nodes], np.int32)

    @cached_property
    def outgoing(self) -> Rows:
        """For each node, whom it points to."""
        return self.incoming.transposed() if self.directed else self.incoming

    @cached_property
    def neighbours(self) -> Rows:
        """For each node, the others that it points to or that point to it: each once, without itself."""
        rows, cols = self.incoming.owners(), self.incoming.indices
        other = rows != cols
        rows, cols = rows[other], cols[other]
        if self.directed:
            rows, cols = np.concatenate([rows, cols]), np.concatenate([cols, rows])
            check_size(len(rows), "edges")
        return compress(rows, cols, len(self), with_order=False)[0]

    def weights(self, name: str | None) -> Floats | None:
        """The edge column `name` in the order of `incoming`, None where it is not kept: every edge weighs 1."""
        values = self.columns.get(name) if name is not None else None
        return None if values is None else values.astype(np.float64, copy=False)

    def matrix(self, name: str | None = "weight") -> sparse.csr_array:
        """The adjacency matrix, from row to column, weighted by the edge column `name`."""
        incoming = self.incoming.matrix(self.weights(name))
        return incoming.T.tocsr() if self.directed else incoming

    def select(self, wanted: npt.NDArray[np.bool_]) -> Self:
        """The same nodes with only the edges that are marked, in the order of `incoming`."""
        columns = {name: values[wanted] for name, values in self.columns.items()}
        return self._like(self.incoming.keep(wanted), self.labels, columns)

    def only(
        self, kinds: Iterable[str] | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> Self:
        """The same nodes with the edges that have one of these kinds, and a latest time from since up to until."""
        wanted = np.ones(self.incoming.entries, np.bool_)
        if kinds is not None:
            bits = sum(1 << self.kind_names.index(kind) for kind in kinds if kind in self.kind_names)
            wanted &= (self.columns["kinds"] & bits) != 0
        if since is not None:
            wanted &= self.columns["at"] >= _moment(since)
        if until is not None:
            wanted &= self.columns["at"] < _moment(until)
        return self.select(wanted)

    def subgraph(self, numbers: npt.NDArray[np.integer[Any]]) -> Self:
        """The nodes of these numbers, in the order of this graph, and the edges between them."""
        chosen = np.zeros(len(self), np.bool_)
        chosen[numbers] = True
        incoming, wanted = self.incoming.among(chosen)
        columns = {name: values[wanted] for name, values in self.columns.items()}
        return self._like(
            incoming, [self.labels[number] for number in np.flatnonzero(chosen).tolist()], columns
        )

    def relabelled(self, labels: Sequence[Hashable]) -> Self:
        """The same graph under other names, in the same order."""
        return self._like(self.incoming, labels, self.columns)

    def _like(self, incoming: Rows, labels: Sequence[Hashable], columns: Mapping[str, Column]) -> Self:
        made = type(self)(
            incoming, labels, directed=self.directed, columns=columns, kind_names=self.kind_names
        )
        made.graph.update(self.graph)
        return made

    def is_directed(self) -> bool:
        """Whether edges have a direction."""
        return self.directed

    def is_multigraph(self) -> bool:
        """Never: parallel edges are one."""
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
            return self.incoming.entries
        return (self.incoming.entries + int(self.loops.sum())) // 2

    def nodes(self) -> list[Hashable]:
        """The names of the nodes, in order."""
        return list(self.labels)

    def edges(self) -> Iterator[tuple[Hashable, Hashable]]:
        """Edges as pairs of names, by the numbers of their ends; an undirected one once."""
        return ((self.labels[a], self.labels[b]) for a, b in zip(*self._ends(), strict=True))

    def edges_with_columns(self) -> Iterator[tuple[Hashable, Hashable, dict[str, Any]]]:
        """Edges with what is kept of each, as Python values."""
        order = self._edge_order()
        kept = {name: self._values(name, order) for name in self.columns}
        for number, (a, b) in enumerate(self.edges()):
            yield a, b, {name: values[number] for name, values in kept.items()}

    def _ends(self) -> tuple[list[int], list[int]]:
        order = self._edge_order()
        return self.incoming.indices[order].tolist(), self.incoming.owners()[order].tolist()

    def _edge_order(self) -> npt.NDArray[np.int64]:
        """Where each edge stands in `incoming`, by source and then target."""
        sources, targets = self.incoming.indices, self.incoming.owners()
        order = np.argsort(sources, kind="stable")
        return order if self.directed else order[sources[order] <= targets[order]]

    def _values(self, name: str, order: npt.NDArray[np.int64]) -> list[Any]:
        values = self.columns[name][order]
        if name == "kinds" and self.kind_names:
            named = [_spelt(bits, self.kind_names) for bits in range(1 << len(self.kind_names))]
            return [named[bits] for bits in values.tolist()]
        python: list[Any] = values.tolist()
        return python

    @cached_property
    def loops(self) -> npt.NDArray[np.int64]:
        """How many edges (0 or 1) lead from each node to itself."""
        rows = self.incoming.owners()
        return np.bincount(rows[rows == self.incoming.indices], minlength=len(self)).astype(np.int64)

    def in_degrees(self) -> npt.NDArray[np.int64]:
        """Edges that end in each node (directed)."""
        return self.incoming.lengths

    def out_degrees(self) -> npt.NDArray[np.int64]:
        """Edges that start in each node (directed)."""
        return self.incoming.column_lengths

    def degrees(self) -> npt.NDArray[np.int64]:
        """Edge ends at each node: a self loop counts twice, as in NetworkX."""
        return self.in_degrees() + (self.out_degrees() if self.directed else self.loops)


def _moment(at: datetime) -> np.datetime64:
    return np.datetime64(pl.Series([at]).dt.convert_time_zone("UTC").dt.replace_time_zone(None).item(), "us")


def _spelt(bits: int, names: Sequence[str]) -> str:
    return "+".join(name for place, name in enumerate(names) if bits >> place & 1)
