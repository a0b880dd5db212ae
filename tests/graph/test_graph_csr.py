"""Edges in columns of any kind become the same compact graph."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from graph import numbering
from graph.csr import CsrGraph
from graph.numbering import Numbering
from graph.rows import Product, TooLargeError


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


def test_parallel_edges_rank_as_in_a_multigraph_by_weight_and_in_a_simple_graph_without() -> None:
    random = np.random.default_rng(3)
    src, dst = random.integers(0, 30, 300), random.integers(0, 30, 300)
    graph: Any = CsrGraph.from_edges(src, dst)
    pairs = list(zip(src.tolist(), dst.tolist(), strict=True))
    multi: Any = nx.MultiDiGraph(pairs)
    simple: Any = nx.DiGraph(pairs)
    assert nx.pagerank(graph) == pytest.approx(nx.pagerank(multi), abs=1e-12)
    assert nx.pagerank(graph, weight=None) == pytest.approx(nx.pagerank(simple), abs=1e-12)


def test_an_end_that_is_in_no_list_of_nodes_is_a_node() -> None:
    graph = CsrGraph.from_edges(["a"], ["stranger"], nodes=["a", "quiet"])
    assert graph.labels == ["a", "quiet", "stranger"]
    assert graph.in_degrees().tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    "numbers", [[-5, 3, 3, -5], [10**12, 7, -(10**12), 7], [2**40, 2**40 + 1, 2**40, 2**40 + 1]], ids=str
)
def test_whole_numbers_of_any_size_are_ids(numbers: list[int]) -> None:
    graph = CsrGraph.from_edges(numbers[:2], numbers[2:])
    assert list(graph.labels) == sorted(set(numbers))
    assert list(graph.edges()) == sorted(zip(numbers[:2], numbers[2:], strict=True))


def test_ids_that_widen_batch_by_batch_stay_one_numbering() -> None:
    batches = [[5, 6], [1, 6], [900, 2], [10**11], [-3, 5]]
    number = Numbering(pl.Series(batch, dtype=pl.Int64) for batch in batches)
    everything = sorted({each for batch in batches for each in batch})
    assert list(number.labels) == everything
    for batch in batches:
        found = number(pl.Series(batch, dtype=pl.Int64)).tolist()
        assert [everything[place] for place in found] == batch


def test_strings_coded_piece_by_piece_are_one_numbering(monkeypatch: pytest.MonkeyPatch) -> None:
    src, dst = [f"u{n % 7}" for n in range(40)], [f"u{n % 11}" for n in range(40)]
    whole = CsrGraph.from_edges(src, dst, nodes=["zz"])
    monkeypatch.setattr(numbering, "PIECE", 3)
    pieces = CsrGraph.from_edges(src, dst, nodes=["zz"])
    assert list(pieces.labels) == list(whole.labels) == sorted({*src, *dst, "zz"})
    assert list(pieces.edges()) == list(whole.edges()) == sorted({*zip(src, dst, strict=True)})


@pytest.mark.parametrize("repeats", [1, 2])
def test_columns_are_counted_as_rows_are(repeats: int) -> None:
    graph = CsrGraph.from_edges([0, 0, 1, 2] * repeats, [1, 2, 2, 2] * repeats)
    assert graph.out_degrees().tolist() == [2, 1, 1]
    assert graph.outgoing.lengths.tolist() == graph.incoming.column_lengths.tolist() == [2, 1, 1]
    assert graph.outgoing.column_lengths.tolist() == graph.in_degrees().tolist() == [0, 1, 3]


@pytest.mark.parametrize("ids", [([1.5], [2.0]), (["a"], [1]), ([("a", 1)], [("b", 2)])], ids=str)
def test_ids_of_other_kinds_are_refused(ids: tuple[list[Any], list[Any]]) -> None:
    with pytest.raises(ValueError, match="node ids"):
        CsrGraph.from_edges(*ids)


def test_weights_that_are_no_numbers_are_refused_by_place() -> None:
    with pytest.raises(ValueError, match="weight 1 of 2 is not a number"):
        CsrGraph.from_edges([1, 2], [2, 3], weight=[1.0, float("nan")])


@pytest.mark.parametrize(("directed", "edges"), [(True, 2**31), (False, 2**30)])
def test_too_many_edges_are_refused_before_anything_is_allocated(directed: bool, edges: int) -> None:
    column = np.broadcast_to(np.int64(0), edges)
    with pytest.raises(TooLargeError, match="Spark"):
        CsrGraph.from_edges(column, column, directed=directed)


AT = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4)]


def test_kinds_and_times_of_parallel_edges_come_together() -> None:
    graph = CsrGraph.from_edges(
        ["a", "b", "a", "c"],
        ["b", "a", "b", "a"],
        kind=["follow", "reply", "reply", "follow"],
        at=pl.Series([AT[0], AT[1], AT[2], AT[3]]),
    )
    edges = list(graph.edges_with_columns())
    assert [(a, b, data["kinds"]) for a, b, data in edges] == [
        ("a", "b", "follow+reply"),
        ("b", "a", "reply"),
        ("c", "a", "follow"),
    ]
    assert [data["at"] for _, _, data in edges] == [
        AT[2].replace(tzinfo=None),
        *(x.replace(tzinfo=None) for x in (AT[1], AT[3])),
    ]
    assert list(graph.only(kinds=["reply"]).edges()) == [("a", "b"), ("b", "a")]
    assert list(graph.only(since=AT[1], until=AT[3]).edges()) == [("a", "b"), ("b", "a")]
    assert list(graph.only(kinds=["repost"]).edges()) == []
    assert graph.only(kinds=["follow"]).labels == ["a", "b", "c"]


def test_an_undirected_edge_keeps_its_columns_both_ways() -> None:
    graph = CsrGraph.from_edges(
        [1, 2, 3], [2, 1, 3], weight=[1.0, 2.0, 5.0], directed=False, kind=["x", "y", "x"]
    )
    assert [(a, b, data) for a, b, data in graph.edges_with_columns()] == [
        (1, 2, {"weight": 3.0, "kinds": "x+y"}),
        (3, 3, {"weight": 5.0, "kinds": "x"}),
    ]
    assert graph.matrix().toarray().tolist() == [[0, 3, 0], [3, 0, 0], [0, 0, 5]]


def test_more_kinds_than_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="9 kinds"):
        CsrGraph.from_edges(range(9), range(9), kind=[f"k{n}" for n in range(9)])


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("named", [True, False])
def test_a_parquet_file_gives_the_graph_of_its_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool, directed: bool
) -> None:
    monkeypatch.setattr("graph.parquet.BATCH", 70)
    random = np.random.default_rng(4)
    frame = pl.DataFrame(
        {
            "from": random.integers(0, 90, 500),
            "to": random.integers(0, 90, 500),
            "w": random.random(500),
            "kind": random.choice(["follow", "reply"], 500),
        }
    )
    if named:
        frame = frame.with_columns(pl.format("u{}", "from").alias("from"), pl.format("u{}", "to").alias("to"))
    frame.write_parquet(tmp_path / "edges.parquet", row_group_size=100)
    ours = CsrGraph.from_parquet(
        tmp_path / "edges.parquet", src="from", dst="to", weight="w", kind="kind", directed=directed
    )
    same = CsrGraph.from_edges(frame["from"], frame["to"], frame["w"], directed, kind=frame["kind"])
    assert list(ours.labels) == list(same.labels)
    assert list(ours.edges_with_columns()) == list(same.edges_with_columns())


def test_a_parquet_file_without_the_columns_or_with_nulls_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "edges.parquet"
    pl.DataFrame({"src": ["a", None], "other": ["b", "c"]}).write_parquet(file)
    with pytest.raises(ValueError, match="no column dst"):
        CsrGraph.from_parquet(file)
    with pytest.raises(ValueError, match="null"):
        CsrGraph.from_parquet(file, dst="other")


def test_products_over_many_blocks_are_those_of_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.rows.BLOCK", 16)
    random = np.random.default_rng(5)
    src, dst = random.integers(0, 60, 900), np.minimum(random.integers(0, 90, 900), 59)
    graph = CsrGraph.from_edges(src, dst, random.random(900), nodes=np.arange(70))
    vector = random.random(70)
    expected = graph.matrix().T @ vector
    assert Product(graph.incoming, graph.weights("weight"))(vector) == pytest.approx(expected, abs=1e-12)
    ones = graph.matrix(None).T @ vector
    assert Product(graph.incoming)(vector) == pytest.approx(ones, abs=1e-12)
