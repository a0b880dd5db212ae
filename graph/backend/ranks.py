"""PageRank, hubs and authorities, and the degree centralities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from graph import hits as hubs
from graph import pagerank as ranking
from graph.backend.naming import Node, named, vector
from graph.csr import CsrGraph


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
            G.incoming,
            G.weights(weight),
            alpha=alpha,
            personalization=vector(G, personalization),
            max_iter=max_iter,
            tol=tol,
            nstart=vector(G, nstart),
            dangling=vector(G, dangling),
        )
    except ranking.NotConvergedError as error:
        raise nx.PowerIterationFailedConvergence(max_iter) from error
    return named(G, rank)


def hits(
    G: CsrGraph,
    max_iter: int = 100,
    tol: float = 1.0e-8,
    nstart: Mapping[Node, float] | None = None,
    normalized: bool = True,
) -> tuple[dict[Node, float], dict[Node, float]]:
    """Hub and authority scores by node."""
    if len(G) == 0:
        return {}, {}
    backward = G.weights("weight")
    forward = G.matrix("weight").data if backward is not None and G.directed else backward
    start = None if nstart is None else np.array(list(nstart.values()), dtype=np.float64)
    try:
        hub, authority = hubs.hits(
            G.outgoing, G.incoming, (forward, backward), max_iter=max_iter, tol=tol, nstart=start
        )
    except ranking.NotConvergedError as error:
        raise nx.PowerIterationFailedConvergence(max_iter) from error
    if normalized:
        hub, authority = hub / hub.sum(), authority / authority.sum()
    return named(G, hub), named(G, authority)


def degree_centrality(G: CsrGraph) -> dict[Node, float]:
    """Fraction of the other nodes that each node is joined to."""
    return _centrality(G, G.degrees())


def in_degree_centrality(G: CsrGraph) -> dict[Node, float]:
    """Fraction of the other nodes that point to each node."""
    return _centrality(G, G.in_degrees())


def out_degree_centrality(G: CsrGraph) -> dict[Node, float]:
    """Fraction of the other nodes that each node points to."""
    return _centrality(G, G.out_degrees())


def _centrality(G: CsrGraph, degrees: npt.NDArray[Any]) -> dict[Node, float]:
    if len(G) <= 1:
        return dict.fromkeys(G, 1)
    return named(G, degrees * (1.0 / (len(G) - 1.0)))
