"""The NetworkX backend `renqun`: NetworkX's functions over `CsrGraph`.

What is not here NetworkX does itself after conversion, where `nx.config.fallback_to_nx` is set. A converted graph is
a snapshot: attributes changed in place afterwards (`G[u][v]["weight"] = 2`) are not seen by a cached conversion.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy.sparse import csgraph

from graph import louvain as partition
from graph import pagerank as ranking
from graph.csr import CsrGraph, Floats, assemble

Node = Hashable


def convert_from_nx(
    graph: Any,
    *,
    edge_attrs: Mapping[str, Any] | None = None,
    node_attrs: Mapping[str, Any] | None = None,
    preserve_edge_attrs: bool = False,
    preserve_node_attrs: bool = False,
    preserve_graph_attrs: bool = False,
    name: str | None = None,
    graph_name: str | None = None,
) -> CsrGraph:
    """Take over a NetworkX graph with at most one numeric edge attribute; node order is kept."""
    if graph.is_multigraph():
        raise NotImplementedError("multigraphs are not converted: parallel edges would be one")
    attributes = dict(edge_attrs or {})
    if len(attributes) > 1 or node_attrs or preserve_edge_attrs or preserve_node_attrs:
        raise NotImplementedError("one numeric edge attribute is kept, no others")
    weight_name, default = next(iter(attributes.items()), (None, 1))
    labels = list(graph)
    index = {label: number for number, label in enumerate(labels)}
    edges = list(graph.edges(data=weight_name, default=default) if weight_name else graph.edges)
    rows = np.fromiter((index[edge[0]] for edge in edges), np.int32, len(edges))
    cols = np.fromiter((index[edge[1]] for edge in edges), np.int32, len(edges))
    values = (
        np.fromiter((edge[2] for edge in edges), np.float64, len(edges))
        if weight_name
        else np.ones(len(edges))
    )
    directed = bool(graph.is_directed())
    matrix = assemble(rows, cols, values, len(labels), directed)
    converted = CsrGraph(matrix, labels, directed=directed, weight_name=weight_name)
    if preserve_graph_attrs:
        converted.graph.update(graph.graph)
    return converted


def convert_to_nx(result: Any, *, name: str | None = None) -> Any:
    """Turn a `CsrGraph` into a NetworkX graph; anything else is handed back as it is."""
    if not isinstance(result, CsrGraph):
        return result
    graph: Any = nx.DiGraph() if result.directed else nx.Graph()
    graph.graph.update(result.graph)
    graph.add_nodes_from(result.labels)
    if result.weight_name is None:
        graph.add_edges_from((a, b) for a, b, _ in result.edges())
    else:
        graph.add_weighted_edges_from(result.edges(), weight=result.weight_name)
    return graph


def can_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """Say beforehand what a call asks for that this backend lacks."""
    graph = args[0] if args else kwargs.get("G")
    if graph is not None and graph.is_multigraph():
        return "multigraphs are not converted"
    if name in {"louvain_communities", "leiden_communities"}:
        if graph is not None and graph.is_directed():
            return "communities of directed graphs are not implemented"
        if kwargs.get("max_level") is not None:
            return "max_level is not implemented"
    return True


def pagerank(
    G: CsrGraph,
    alpha: float = 0.85,
    personalization: Mapping[Node, float] | None = None,
    max_iter: int = 100,
    tol: float = 1.0e-6,
    nstart: Mapping[Node, float] | None = None,
    weight: str | None = "weight",
    dangling: Mapping[Node, float] | None = None,
) -> dict[Node, float]:
    """Rank nodes as `networkx.pagerank` does, with its stop rule (L1 change below N * tol)."""
    try:
        rank = ranking.pagerank(
            G.weights(weight),
            alpha=alpha,
            personalization=_vector(G, personalization),
            max_iter=max_iter,
            tol=tol,
            nstart=_vector(G, nstart),
            dangling=_vector(G, dangling),
        )
    except ranking.NotConvergedError as error:
        raise nx.PowerIterationFailedConvergence(max_iter) from error
    return _named(G, rank)


def degree_centrality(G: CsrGraph) -> dict[Node, float]:
    """Fraction of the other nodes that each node is joined to."""
    return _centrality(G, G.degrees())


def in_degree_centrality(G: CsrGraph) -> dict[Node, float]:
    """Fraction of the other nodes that point to each node."""
    if not G.is_directed():
        raise nx.NetworkXNotImplemented("not implemented for undirected type")
    return _centrality(G, G.in_degrees())


def weakly_connected_components(G: CsrGraph) -> Iterator[set[Node]]:
    """Sets of nodes that hang together whatever the direction, by their first node."""
    if not G.is_directed():
        raise nx.NetworkXNotImplemented("not implemented for undirected type")
    if not len(G):
        return iter(())
    _, part = csgraph.connected_components(G.matrix, directed=True, connection="weak")
    return iter(_groups(G, part))


def louvain_communities(
    G: CsrGraph,
    weight: str | None = "weight",
    resolution: float = 1,
    threshold: float = 1e-7,
    max_level: int | None = None,
    seed: int | random.Random | None = None,
) -> list[set[Node]]:
    """Communities by Louvain's method with refinement; `threshold` has no counterpart in NetworKit."""
    _undirected_and_whole(G, max_level)
    return _groups(G, partition.louvain(G.weights(weight), resolution=resolution, seed=_seed(seed)))


def leiden_communities(
    G: CsrGraph,
    weight: str | None = "weight",
    resolution: float = 1,
    max_level: int | None = None,
    seed: int | random.Random | None = None,
) -> list[set[Node]]:
    """Communities by Leiden's method, which NetworkX declares and leaves to backends."""
    _undirected_and_whole(G, max_level)
    return _groups(G, partition.leiden(G.weights(weight), resolution=resolution, seed=_seed(seed)))


def _vector(G: CsrGraph, values: Mapping[Node, float] | None) -> Floats | None:
    if values is None:
        return None
    return np.array([values.get(label, 0) for label in G], dtype=np.float64)


def _named(G: CsrGraph, values: npt.NDArray[Any]) -> dict[Node, float]:
    return dict(zip(G, values.tolist(), strict=True))


def _centrality(G: CsrGraph, degrees: npt.NDArray[np.int64]) -> dict[Node, float]:
    if len(G) <= 1:
        return dict.fromkeys(G, 1)
    return _named(G, degrees * (1.0 / (len(G) - 1.0)))


def _groups(G: CsrGraph, labels: npt.NDArray[Any]) -> list[set[Node]]:
    groups: dict[int, set[Node]] = {}
    for node, label in zip(G, labels.tolist(), strict=True):
        groups.setdefault(label, set()).add(node)
    return list(groups.values())


def _undirected_and_whole(G: CsrGraph, max_level: int | None) -> None:
    if G.is_directed():
        raise NotImplementedError("communities of directed graphs are not implemented")
    if max_level is not None:
        raise NotImplementedError("max_level is not implemented")


def _seed(seed: int | random.Random | None) -> int:
    source = seed if isinstance(seed, random.Random) else random.Random(seed)
    return source.randrange(2**31)
