"""The NetworkX backend ranks nodes as NetworkX does: PageRank, HITS and centralities."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

import networkx as nx
import pytest

from tests.graph.backend_lab import GRAPHS, close, graph, taken

__all__ = ["graph"]


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
