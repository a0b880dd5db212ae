"""Edges in columns of any kind become the same compact graph."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from graph.csr import CsrGraph


def test_ids_of_every_kind_give_the_same_graph() -> None:
    src, dst = ["u3", "u1", "u1", "u2"], ["u1", "u2", "u2", "u2"]
    graphs = [
        CsrGraph.from_edges(src, dst),
        CsrGraph.from_edges(np.array(src), np.array(dst)),
        CsrGraph.from_edges(pl.Series(src), pl.Series(dst)),
        CsrGraph.from_edges(pl.Series(src, dtype=pl.Categorical), pl.Series(dst, dtype=pl.Categorical)),
        CsrGraph.from_edges(pa.array(src), pa.array(dst)),
    ]
    for graph in graphs:
        assert graph.labels == ["u1", "u2", "u3"]
        assert graph.matrix().toarray().tolist() == [[0, 2, 0], [0, 1, 0], [1, 0, 0]]
        assert graph.index["u3"] == 2
    numbers = CsrGraph.from_edges(np.array([30, 10, 10, 20]), np.array([10, 20, 20, 20]))
    assert numbers.labels == [10, 20, 30]
    assert numbers.matrix().toarray().tolist() == graphs[0].matrix().toarray().tolist()


def test_the_order_of_rows_does_not_matter() -> None:
    random = np.random.default_rng(0)
    src, dst = random.integers(0, 50, 400), random.integers(0, 50, 400)
    weight = random.integers(1, 9, 400).astype(float)
    order = random.permutation(400)
    one = CsrGraph.from_edges(src, dst, weight, directed=False)
    two = CsrGraph.from_edges(src[order], dst[order], weight[order], directed=False)
    assert one.labels == two.labels
    assert one.matrix().toarray().tolist() == two.matrix().toarray().tolist()


def test_an_undirected_graph_is_that_of_networkx() -> None:
    edges = [(0, 1), (1, 0), (2, 2), (3, 1)]
    graph = CsrGraph.from_edges([a for a, _ in edges], [b for _, b in edges], directed=False, nodes=[9])
    theirs: Any = nx.Graph()
    theirs.add_nodes_from(graph.labels)
    for a, b in edges:
        theirs.add_edge(a, b, weight=theirs.get_edge_data(a, b, {"weight": 0})["weight"] + 1)
    expected = nx.to_scipy_sparse_array(theirs, nodelist=graph.labels).toarray()
    assert graph.matrix().toarray().tolist() == expected.tolist()
    assert graph.number_of_edges() == theirs.number_of_edges() == 3
    assert list(graph.edges_with_columns()) == [
        (0, 1, {"weight": 2.0}),
        (1, 3, {"weight": 1.0}),
        (2, 2, {"weight": 1.0}),
    ]


def test_extra_nodes_membership_and_emptiness() -> None:
    graph = CsrGraph.from_edges(["a"], ["b"], nodes=["c", "a"])
    assert list(graph) == ["a", "b", "c"]
    assert "c" in graph
    assert "d" not in graph
    assert [] not in graph
    empty = CsrGraph.from_edges([], [])
    assert (len(empty), empty.number_of_edges(), list(empty.edges())) == (0, 0, [])


def test_bad_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        CsrGraph.from_edges([1, 2], [1])
    with pytest.raises(ValueError, match="one length"):
        CsrGraph.from_edges([1], [2], weight=[1.0, 2.0])
    with pytest.raises(ValueError, match="null"):
        CsrGraph.from_edges(pl.Series(["a", None]), pl.Series(["b", "c"]))
