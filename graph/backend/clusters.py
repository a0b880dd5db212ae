"""Triangles, clustering coefficients and cores."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from graph import kit
from graph.backend.naming import Node, chosen, named
from graph.csr import CsrGraph
from graph.rows import Ints

Counts = npt.NDArray[np.int64]


def triangles(G: CsrGraph, nodes: Any = None) -> dict[Node, int] | int:
    """Triangles that each node is part of; of one node the number itself."""
    if nodes is None:
        return named(G, kit.triangles(G.neighbours))
    if nodes in G:
        return int(_around(G, np.array([G.index[nodes]]))[0])
    asked = chosen(G, nodes)
    return _by_name(G, asked, _around(G, asked))


def clustering(G: CsrGraph, nodes: Any = None, weight: None = None) -> dict[Node, float] | float:
    """The share of each node's pairs of neighbours that are joined; of one node the share itself."""
    if nodes is None:
        return _by_name(G, np.arange(len(G)), _shares(kit.triangles(G.neighbours), G.neighbours.lengths))
    one = nodes in G
    asked = np.array([G.index[nodes]], np.int32) if one else chosen(G, nodes)
    shares = _shares(_around(G, asked), G.neighbours.lengths[asked])
    return shares[0] if one else _by_name(G, asked, shares)


def average_clustering(
    G: CsrGraph, nodes: Any = None, weight: None = None, count_zeros: bool = True
) -> float:
    """The mean clustering coefficient, of all nodes or of those above 0."""
    found = clustering(G, nodes)
    shares = [share for share in found.values() if count_zeros or share > 0]  # type: ignore[union-attr]
    return sum(shares) / len(shares)


def transitivity(G: CsrGraph) -> float:
    """The share of all pairs of neighbours that are joined."""
    degrees = G.neighbours.lengths
    closed = 2 * int(kit.triangles(G.neighbours).sum())
    return closed / int((degrees * (degrees - 1)).sum()) if closed else 0


def core_number(G: CsrGraph) -> dict[Node, int]:
    """The largest k for which each node is in a k-core."""
    if G.loops.any():
        raise nx.NetworkXNotImplemented(
            "Input graph has self loops which is not permitted; "
            "Consider using G.remove_edges_from(nx.selfloop_edges(G))."
        )
    return named(G, kit.core_numbers(G.incoming))


def _around(G: CsrGraph, numbers: npt.NDArray[Any]) -> Counts:
    """Triangles of a few nodes, by looking at the neighbours of their neighbours alone."""
    rows = G.neighbours
    near = np.zeros(rows.size, np.bool_)
    counts = np.zeros(len(numbers), np.int64)
    for place, number in enumerate(numbers.tolist()):
        own: Ints = rows.of(np.array([number]))
        near[own] = True
        counts[place] = np.count_nonzero(near[rows.of(own)]) // 2
        near[own] = False
    return counts


def _shares(counts: Counts, degrees: Counts) -> list[float]:
    """Twice the triangles by the pairs of neighbours; NetworkX's whole 0 where there is no triangle."""
    return [
        2 * count / (degree * (degree - 1)) if count else 0
        for count, degree in zip(counts.tolist(), degrees.tolist(), strict=True)
    ]


def _by_name(G: CsrGraph, numbers: npt.NDArray[Any], values: Any) -> dict[Node, Any]:
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    return dict(zip((G.labels[number] for number in numbers.tolist()), listed, strict=True))
