"""The NetworkX backend finds communities as good as NetworkX's, and scores them alike."""

from __future__ import annotations

import networkx as nx
import pytest

from tests.graph.backend_lab import GRAPHS, taken, weighted


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
