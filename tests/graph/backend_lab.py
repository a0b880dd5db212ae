"""Graphs of every awkward kind, given to NetworkX and to its renqun backend, and what counts as the same answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest

from graph.backend import convert_from_nx


def weighted(graph: Any, seed: int = 3) -> Any:
    """The graph, with random weights on its edges."""
    random = np.random.default_rng(seed)
    for _, _, data in graph.edges(data=True):
        data["weight"] = float(random.uniform(0.1, 5))
    return graph


def awkward() -> Any:
    """Self loops, a dangling node, an isolated one, node names of several types, no sorted order."""
    graph: Any = nx.DiGraph()
    graph.add_weighted_edges_from(
        [("z", "a", 2.0), ("a", "a", 1.5), ("a", 7, 0.5), (7, "z", 1.0), ("z", (1, 2), 3.0)]
    )
    graph.add_node("alone")
    graph.add_edge("alone too", "alone too")
    return graph


GRAPHS: dict[str, Callable[[], Any]] = {
    "random directed": lambda: weighted(nx.gnp_random_graph(200, 0.02, seed=1, directed=True)),
    "random undirected": lambda: weighted(nx.gnp_random_graph(150, 0.03, seed=2)),
    "scale free": lambda: nx.DiGraph(nx.scale_free_graph(300, seed=4)),
    "awkward": awkward,
    "awkward undirected": lambda: awkward().to_undirected(),
    "empty": nx.DiGraph,
    "one node": lambda: nx.path_graph(1, create_using=nx.DiGraph),
    "one loop": lambda: nx.DiGraph([(0, 0)]),
    "no edges": lambda: nx.empty_graph(5, create_using=nx.DiGraph),
}
UNDIRECTED_GRAPHS = [name for name, make in GRAPHS.items() if not make().is_directed()]


@pytest.fixture(params=GRAPHS, ids=str)
def graph(request: pytest.FixtureRequest) -> Any:
    """Each of ``GRAPHS`` in turn."""
    return GRAPHS[request.param]()


def taken(graph: Any) -> Any:
    """The graph as the backend holds it."""
    return convert_from_nx(graph, edge_attrs={"weight": 1})


def close(ours: dict[Any, float], theirs: dict[Any, float], within: float = 1e-12) -> None:
    """Assert the same nodes in the same order, with plain numbers that differ by no more than ``within``."""
    assert list(ours) == list(theirs)
    assert all(type(value) in {float, int} for value in ours.values())
    assert max((abs(ours[node] - theirs[node]) for node in theirs), default=0.0) <= within
