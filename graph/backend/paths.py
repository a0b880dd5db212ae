"""Distances, ego networks and betweenness."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from graph.backend.naming import Node, named, number_of, picked
from graph.csr import CsrGraph
from graph.rows import Floats, Rows
from graph.traversal import betweenness, levels


def single_source_shortest_path_length(
    G: CsrGraph, source: Node, cutoff: float | None = None
) -> dict[Node, int]:
    """Steps from the source to every node that it reaches, nearest first."""
    return _lengths(G, G.outgoing, number_of(G, source, "Source {} is not in G"), cutoff)


def single_target_shortest_path_length(
    G: CsrGraph, target: Node, cutoff: float | None = None
) -> dict[Node, int]:
    """Steps to the target from every node that reaches it, nearest first."""
    return _lengths(G, G.incoming, number_of(G, target, "Target {} is not in G"), cutoff)


def ego_graph(
    G: CsrGraph,
    n: Node,
    radius: float = 1,
    center: bool = True,
    undirected: bool = False,
    distance: None = None,
) -> CsrGraph:
    """The graph of the nodes within `radius` steps of `n`, with or without `n` itself."""
    rows = G.neighbours if undirected else G.outgoing
    near = np.concatenate(list(levels(rows, number_of(G, n, "Source {} is not in G"), radius)))
    return G.subgraph(near if center else near[1:])


def betweenness_centrality(
    G: CsrGraph,
    k: int | None = None,
    normalized: bool = True,
    weight: None = None,
    endpoints: bool = False,
    seed: Any = None,
) -> dict[Node, float]:
    """The share of shortest paths that pass each node, from all nodes or from `k` of them drawn at random."""
    sources: list[int] | range = range(len(G))
    if k is not None and k != len(G):
        drawn = seed.sample(list(G.labels), k)
        sources = G.numbers(drawn).tolist()
    passed = betweenness(G.outgoing, sources, endpoints)
    size = len(G) if endpoints else len(G) - 1
    if size >= 2:
        passed *= _scale(
            G,
            size,
            None if isinstance(sources, range) else np.asarray(sources, np.int32),
            normalized,
            endpoints,
        )
    return named(G, passed)


def _scale(
    G: CsrGraph, size: int, sources: npt.NDArray[Any] | None, normalized: bool, endpoints: bool
) -> Floats | float:
    """What NetworkX divides by: pairs that could pass a node; a source that is no end itself has one pair fewer."""
    halves = 1 if G.directed else 2

    def scale(starts: int) -> float:
        return 1.0 / (starts * (size - 1)) if normalized else size / (starts * halves)

    if sources is None or endpoints:
        return scale(size if sources is None else len(sources))
    factors = np.full(len(G), scale(len(sources)))
    factors[sources] = scale(len(sources) - 1) if len(sources) > 1 else np.nan
    return factors


def _lengths(G: CsrGraph, rows: Rows, start: int, cutoff: float | None) -> dict[Node, int]:
    found: dict[Node, int] = {}
    for distance, level in enumerate(levels(rows, start, np.inf if cutoff is None else cutoff)):
        found.update(dict.fromkeys(picked(G, level), distance))
    return found
