"""The NetworkX backend: the same answers as NetworkX, on graphs of every awkward kind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest

from graph import backend
from graph.backend import convert_from_nx, convert_to_nx
from graph.backend_info import get_info


def weighted(graph: Any, seed: int = 3) -> Any:
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


@pytest.fixture(params=GRAPHS, ids=str)
def graph(request: pytest.FixtureRequest) -> Any:
    return GRAPHS[request.param]()


def taken(graph: Any) -> Any:
    return convert_from_nx(graph, edge_attrs={"weight": 1})


def close(ours: dict[Any, float], theirs: dict[Any, float], within: float = 1e-12) -> None:
    assert list(ours) == list(theirs)
    assert all(type(value) in {float, int} for value in ours.values())
    assert max((abs(ours[node] - theirs[node]) for node in theirs), default=0.0) <= within


@pytest.mark.parametrize("weight", ["weight", None, "no such attribute"])
def test_pagerank_agrees(graph: Any, weight: str | None) -> None:
    close(nx.pagerank(taken(graph), weight=weight), nx.pagerank(graph, weight=weight))


def test_pagerank_takes_every_parameter_as_networkx_does() -> None:
    graph = GRAPHS["scale free"]()
    nodes = list(graph)
    asked: dict[str, Any] = {
        "alpha": 0.7,
        "tol": 1e-9,
        "max_iter": 300,
        "personalization": {nodes[3]: 2.0, nodes[5]: 1.0},
        "nstart": {node: number for number, node in enumerate(nodes)},
        "dangling": {nodes[1]: 1.0},
    }
    close(nx.pagerank(taken(graph), **asked), nx.pagerank(graph, **asked))


def test_pagerank_raises_what_networkx_raises() -> None:
    graph = taken(GRAPHS["random directed"]())
    with pytest.raises(nx.PowerIterationFailedConvergence):
        nx.pagerank(graph, max_iter=1, tol=1e-12)
    with pytest.raises(ZeroDivisionError):
        nx.pagerank(graph, personalization={"nobody": 1.0})


def test_centralities_agree(graph: Any) -> None:
    close(nx.degree_centrality(taken(graph)), nx.degree_centrality(graph))
    if graph.is_directed():
        close(nx.in_degree_centrality(taken(graph)), nx.in_degree_centrality(graph))
    else:
        with pytest.raises(nx.NetworkXNotImplemented):
            nx.in_degree_centrality(taken(graph))


def test_weak_components_agree(graph: Any) -> None:
    if graph.is_directed():
        assert list(nx.weakly_connected_components(taken(graph))) == list(
            nx.weakly_connected_components(graph)
        )
    else:
        with pytest.raises(nx.NetworkXNotImplemented):
            nx.weakly_connected_components(taken(graph))


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


def test_networkx_dispatches_by_graph_type_and_by_name() -> None:
    graph = GRAPHS["random directed"]()
    ours = taken(graph)
    assert ours.__networkx_backend__ == "renqun"
    close(nx.pagerank(graph, backend="renqun"), nx.pagerank(ours))


@pytest.mark.parametrize("method", ["louvain_communities", "leiden_communities"])
def test_communities_find_planted_groups_as_well_as_networkx(method: str) -> None:
    graph = nx.planted_partition_graph(8, 40, 0.25, 0.01, seed=5)
    found = getattr(nx.community, method)(taken(graph), seed=1)
    assert found == getattr(nx.community, method)(taken(graph), seed=1)
    assert {frozenset(group) for group in found} == {frozenset(range(n * 40, n * 40 + 40)) for n in range(8)}
    theirs = nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=1))
    assert nx.community.modularity(graph, found) >= theirs - 0.01


def test_louvain_modularity_is_that_of_networkx_where_groups_are_weak() -> None:
    graph = weighted(nx.gnp_random_graph(300, 0.03, seed=11))
    ours = nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=1, backend="renqun"))
    theirs = [
        nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=seed))
        for seed in range(3)
    ]
    assert ours >= min(theirs) - 0.01


def test_communities_without_edges_are_single_nodes() -> None:
    assert nx.community.louvain_communities(taken(nx.empty_graph(3))) == [{0}, {1}, {2}]
    assert nx.community.louvain_communities(taken(nx.empty_graph(0))) == []


def test_what_is_not_implemented_says_so() -> None:
    directed = taken(GRAPHS["random directed"]())
    with pytest.raises(NotImplementedError):
        nx.community.louvain_communities(directed)
    with pytest.raises(NotImplementedError):
        nx.closeness_centrality(directed)
    with pytest.raises(NotImplementedError):
        convert_from_nx(nx.MultiGraph([(0, 1), (0, 1)]))


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
