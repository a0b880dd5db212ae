"""The NetworkX backend: the same answers as NetworkX, on graphs of every awkward kind."""

from __future__ import annotations

import subprocess
import sys
from bisect import bisect_left
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


FINE = 1e-10
DIRECTIONS: dict[str, Callable[[], Any]] = {
    "both ways": lambda: nx.barabasi_albert_graph(400, 2, seed=1).to_directed(),
    "mostly both ways": lambda: nx.compose(
        nx.barabasi_albert_graph(400, 2, seed=1).to_directed(),
        nx.gnp_random_graph(400, 0.002, 1, directed=True),
    ),
    "in a circle": lambda: nx.cycle_graph(300, create_using=nx.DiGraph),
    "circles and chords": lambda: nx.compose(
        nx.cycle_graph(300, create_using=nx.DiGraph), nx.gnp_random_graph(300, 0.0005, 1, directed=True)
    ),
    "along a line": lambda: nx.path_graph(300, create_using=nx.DiGraph),
    "an outward tree": lambda: nx.DiGraph(nx.bfs_tree(nx.balanced_tree(2, 8), 0)),
}


@pytest.mark.parametrize("shape", DIRECTIONS)
@pytest.mark.parametrize("alpha", [0.85, 0.99])
def test_converged_pagerank_agrees_and_comes_to_rest_no_later(shape: str, alpha: float) -> None:
    graph = DIRECTIONS[shape]()
    asked: dict[str, Any] = {"alpha": alpha, "personalization": {0: 1.0}}
    within = 2 * FINE / (1 - alpha)
    exact = nx.pagerank(graph, tol=1e-13 / len(graph), max_iter=9999, **asked)
    fine = {"tol": FINE / len(graph), **asked}
    close(nx.pagerank(taken(graph), max_iter=9999, **fine), exact, within)
    enough = bisect_left(range(1, 4000), True, key=lambda steps: comes_to_rest(graph, steps, fine)) + 1
    close(nx.pagerank(taken(graph), max_iter=enough, **fine), exact, within)


def comes_to_rest(graph: Any, steps: int, asked: dict[str, Any]) -> bool:
    try:
        nx.pagerank(graph, max_iter=steps, **asked)
    except nx.PowerIterationFailedConvergence:
        return False
    return True


def test_converged_pagerank_takes_half_the_steps_where_edges_go_both_ways() -> None:
    graph = nx.connected_caveman_graph(100, 10).to_directed()
    asked: dict[str, Any] = {"tol": FINE / len(graph), "personalization": {0: 1.0}}
    assert not comes_to_rest(graph, 100, asked)
    assert comes_to_rest(taken(graph), 50, asked)


def test_pagerank_raises_what_networkx_raises() -> None:
    graph = taken(GRAPHS["random directed"]())
    with pytest.raises(nx.PowerIterationFailedConvergence):
        nx.pagerank(graph, max_iter=1, tol=1e-12)
    with pytest.raises(ZeroDivisionError):
        nx.pagerank(graph, personalization={"nobody": 1.0})


def test_nan_weights_fail_as_in_networkx() -> None:
    graph: Any = nx.DiGraph()
    graph.add_weighted_edges_from([(0, 1, float("nan")), (1, 0, 1.0)])
    for each in (graph, taken(graph)):
        with pytest.raises(nx.PowerIterationFailedConvergence):
            nx.pagerank(each)


def test_hits_agree_where_the_leading_pair_is_one() -> None:
    for name in ("random directed", "random undirected", "scale free"):
        graph = GRAPHS[name]()
        for ours, theirs in zip(nx.hits(taken(graph)), nx.hits(graph), strict=True):
            close(ours, theirs, 1e-7)
    assert nx.hits(taken(nx.DiGraph())) == ({}, {})
    with pytest.raises(nx.PowerIterationFailedConvergence):
        nx.hits(taken(GRAPHS["scale free"]()), max_iter=0)


def test_centralities_agree(graph: Any) -> None:
    close(nx.degree_centrality(taken(graph)), nx.degree_centrality(graph))
    for centrality in (nx.in_degree_centrality, nx.out_degree_centrality):
        if graph.is_directed():
            close(centrality(taken(graph)), centrality(graph))
        else:
            with pytest.raises(nx.NetworkXNotImplemented):
                centrality(taken(graph))


DIRECTED = (
    nx.weakly_connected_components,
    nx.strongly_connected_components,
    nx.number_weakly_connected_components,
    nx.number_strongly_connected_components,
    nx.is_weakly_connected,
    nx.is_strongly_connected,
)
UNDIRECTED = (nx.connected_components, nx.number_connected_components, nx.is_connected)


def outcome(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What a call gives, in an order of its own, or the kind of error it raises."""
    try:
        found = work(*args, **kwargs)
        if isinstance(found, dict | float | int):
            return found
        return sorted(repr(sorted(each, key=repr)) for each in found)
    except nx.NetworkXException as error:
        return type(error)


@pytest.mark.parametrize("function", DIRECTED + UNDIRECTED, ids=lambda function: str(function.__name__))
def test_components_agree(graph: Any, function: Callable[..., Any]) -> None:
    assert outcome(function, taken(graph)) == outcome(function, graph)


def test_strong_components_come_sinks_first() -> None:
    graph = nx.gnp_random_graph(80, 0.02, seed=3, directed=True)
    found = list(nx.strongly_connected_components(taken(graph)))
    place = {node: number for number, nodes in enumerate(found) for node in nodes}
    assert all(place[a] >= place[b] for a, b in graph.edges)


def test_the_component_of_one_node() -> None:
    graph = nx.disjoint_union(nx.path_graph(4), nx.cycle_graph(3))
    assert nx.node_connected_component(taken(graph), 5) == {4, 5, 6}
    with pytest.raises(nx.NodeNotFound):
        nx.node_connected_component(taken(graph), 99)


UNDIRECTED_GRAPHS = [name for name, make in GRAPHS.items() if not make().is_directed()]


@pytest.mark.parametrize("name", UNDIRECTED_GRAPHS)
def test_triangles_and_clustering_agree(name: str) -> None:
    graph = GRAPHS[name]()
    ours, nodes = taken(graph), list(graph)
    assert nx.triangles(ours) == nx.triangles(graph)
    assert nx.clustering(ours) == pytest.approx(nx.clustering(graph), abs=0)
    assert nx.transitivity(ours) == nx.transitivity(graph)
    assert nx.average_clustering(ours) == nx.average_clustering(graph)
    some = [*nodes[:3], nodes[0], "nobody"]
    assert nx.triangles(ours, some) == nx.triangles(graph, some)
    assert nx.clustering(ours, some) == nx.clustering(graph, some)
    assert nx.triangles(ours, nodes[1]) == nx.triangles(graph, nodes[1])
    assert nx.clustering(ours, nodes[1]) == nx.clustering(graph, nodes[1])
    with pytest.raises(nx.NetworkXError):
        nx.triangles(ours, 4.5)


@pytest.mark.parametrize("name", UNDIRECTED_GRAPHS)
def test_core_numbers_agree_and_loops_are_refused(name: str) -> None:
    graph = GRAPHS[name]()
    if nx.number_of_selfloops(graph):
        with pytest.raises(nx.NetworkXNotImplemented, match="self loops"):
            nx.core_number(taken(graph))
        graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    assert nx.core_number(taken(graph)) == nx.core_number(graph)


@pytest.mark.parametrize("cutoff", [None, 0, 2])
def test_distances_agree(graph: Any, cutoff: int | None) -> None:
    for node in list(graph)[:5]:
        for lengths in (nx.single_source_shortest_path_length, nx.single_target_shortest_path_length):
            assert lengths(taken(graph), node, cutoff) == lengths(graph, node, cutoff)
    with pytest.raises(nx.NodeNotFound):
        nx.single_source_shortest_path_length(taken(graph), "nobody")


@pytest.mark.parametrize("options", [{}, {"undirected": True}, {"center": False}, {"radius": 2}], ids=str)
def test_ego_networks_agree(graph: Any, options: dict[str, Any]) -> None:
    for node in list(graph)[:5]:
        ours, theirs = (nx.ego_graph(each, node, **options) for each in (taken(graph), graph))
        back = convert_to_nx(ours)
        assert set(back) == set(theirs)
        assert {(a, b): data["weight"] for a, b, data in back.edges(data=True)} == pytest.approx(
            {key: data.get("weight", 1) for key, data in in_order(theirs, back)}
        )


def in_order(theirs: Any, back: Any) -> list[tuple[tuple[Any, Any], Any]]:
    """Their edges, each by the ends in the order in which `back` has them."""
    return [((a, b), theirs.get_edge_data(a, b)) for a, b in back.edges]


@pytest.mark.parametrize("normalized", [True, False])
@pytest.mark.parametrize("endpoints", [True, False])
@pytest.mark.parametrize("k", [None, 1, 7])
def test_betweenness_agrees(normalized: bool, endpoints: bool, k: int | None) -> None:
    for name in ("random directed", "random undirected", "awkward"):
        graph = GRAPHS[name]()
        size = None if k is None else min(k, len(graph))
        asked: dict[str, Any] = {"k": size, "normalized": normalized, "endpoints": endpoints, "seed": 5}
        ours, theirs = (nx.betweenness_centrality(each, **asked) for each in (taken(graph), graph))
        assert list(ours) == list(theirs)
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-12, nan_ok=True)


LINKS = (
    nx.jaccard_coefficient,
    nx.adamic_adar_index,
    nx.resource_allocation_index,
    nx.preferential_attachment,
)


@pytest.mark.parametrize("function", LINKS, ids=lambda function: str(function.__name__))
def test_link_scores_agree(function: Callable[..., Any]) -> None:
    for name in UNDIRECTED_GRAPHS:
        graph = GRAPHS[name]()
        nodes = list(graph)
        pairs = [(nodes[0], nodes[-1]), (nodes[2], nodes[1])] if name == "awkward undirected" else None
        ours, theirs = (
            {frozenset((a, b)): score for a, b, score in function(each, pairs)}
            for each in (taken(graph), graph)
        )
        assert ours == pytest.approx(theirs)
        with pytest.raises(nx.NodeNotFound):
            list(function(taken(graph), [(nodes[0], "nobody")]))


def test_modularity_agrees_and_a_bad_partition_is_refused() -> None:
    for name in ("random directed", "awkward undirected"):
        graph = GRAPHS[name]()
        nodes = list(graph)
        parts = [set(nodes[::3]), set(nodes[1::3]), set(nodes[2::3])]
        ours, theirs = (nx.community.modularity(each, parts) for each in (taken(graph), graph))
        assert ours == pytest.approx(theirs)
        for wrong in (parts[:2], [*parts, {nodes[0]}], [*parts[:2], {*parts[2], "nobody"}]):
            with pytest.raises(nx.community.quality.NotAPartition):
                nx.community.modularity(taken(graph), wrong)


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
