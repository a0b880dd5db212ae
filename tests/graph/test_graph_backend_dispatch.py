"""How graphs come to the NetworkX backend and back, what NetworkX hands to it, and what it declines."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import networkx as nx
import pytest

from graph import backend
from graph.backend import convert_from_nx, convert_to_nx
from graph.backend_info import get_info
from tests.graph.backend_lab import GRAPHS, close, graph, taken

__all__ = ["graph"]


def test_conversion_returns_the_same_graph(graph: Any) -> None:
    back = convert_to_nx(taken(graph))
    for _, _, data in graph.edges(data=True):
        data.setdefault("weight", 1)
    assert list(back) == list(graph)
    assert nx.utils.graphs_equal(back, graph)


def test_size_and_degrees_agree(graph: Any) -> None:
    ours = taken(graph)
    assert (len(ours), ours.number_of_edges()) == (len(graph), graph.number_of_edges())
    assert ours.degrees().tolist() == [degree for _, degree in graph.degree()]


def test_relabelled_and_joined_graphs_agree(graph: Any) -> None:
    numbered = nx.convert_node_labels_to_integers(taken(graph), first_label=3)
    assert nx.utils.graphs_equal(
        without_weights(convert_to_nx(numbered)),
        without_weights(nx.convert_node_labels_to_integers(graph, first_label=3)),
    )
    both = nx.union(taken(graph), taken(graph), rename=("a", "b"))
    theirs = nx.union(graph, graph, rename=("a", "b"))
    assert nx.utils.graphs_equal(without_weights(convert_to_nx(both)), without_weights(theirs))
    if len(graph):
        with pytest.raises(nx.NetworkXError, match="disjoint"):
            nx.union(taken(graph), taken(graph))


def without_weights(graph: Any) -> Any:
    bare = graph.__class__()
    bare.add_nodes_from(graph)
    bare.add_edges_from(graph.edges)
    return bare


def test_networkx_dispatches_by_graph_type_and_by_name() -> None:
    graph = GRAPHS["random directed"]()
    ours = taken(graph)
    assert ours.__networkx_backend__ == "renqun"
    close(nx.pagerank(graph, backend="renqun"), nx.pagerank(ours))


def test_what_is_not_implemented_says_so() -> None:
    directed = taken(GRAPHS["random directed"]())
    with pytest.raises(NotImplementedError):
        nx.community.louvain_communities(directed)
    with pytest.raises(NotImplementedError):
        nx.closeness_centrality(directed)
    with pytest.raises(NotImplementedError):
        convert_from_nx(nx.MultiGraph([(0, 1), (0, 1)]))
    named: Any = nx.Graph()
    named.add_edge(0, 1, weight="heavy")
    with pytest.raises(NotImplementedError, match="weight"):
        taken(named)
    with pytest.raises(NotImplementedError):
        nx.clustering(taken(nx.complete_graph(4)), weight="weight")


def test_networkx_falls_back_by_conversion_where_allowed() -> None:
    graph = GRAPHS["random undirected"]()
    before = nx.config.fallback_to_nx
    nx.config.fallback_to_nx = True
    try:
        close(nx.closeness_centrality(taken(graph)), nx.closeness_centrality(graph), 1e-9)
    finally:
        nx.config.fallback_to_nx = before


def test_the_module_offers_what_it_declares_and_no_import_by_accident() -> None:
    """NetworkX takes any name in the module that it knows for an implementation."""
    known = set(nx.utils.backends._registered_algorithms)  # type: ignore[attr-defined]
    assert known & set(vars(backend)) == set(get_info()["functions"])


def test_importing_networkx_stays_light() -> None:
    """The information module must not drag SciPy or NetworKit into every import of NetworkX."""
    code = "import networkx, sys; print('renqun' in networkx.utils.backends.backends, *sorted(sys.modules))"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert out[0] == "True"
    assert not {"scipy", "networkit", "polars", "numpy"} & set(out)
