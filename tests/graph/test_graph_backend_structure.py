"""The NetworkX backend reads a graph's structure as NetworkX does: components, triangles, cores, distances, links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx
import pytest

from graph.backend import convert_to_nx
from tests.graph.backend_lab import GRAPHS, UNDIRECTED_GRAPHS, graph, taken

__all__ = ["graph"]

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
