"""Communities over time and between each other; and posts that go further than their followers explain."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx
import numpy as np
import polars as pl
import pytest

from graph.amplification import amplification
from graph.bridges import bridges, closeness
from graph.matching import match


def groups(assignment: Mapping[str, str | int]) -> pl.DataFrame:
    rows = list(assignment.items())
    kind = pl.Int64 if isinstance(rows[0][1], int) else pl.String
    return pl.DataFrame(rows, schema={"account_id": pl.String, "group": kind}, orient="row")


def test_groups_keep_their_names_when_numbers_change() -> None:
    earlier = groups({f"u{n}": f"c{n // 30}" for n in range(90)})
    moved = {f"u{n}": (2, 0, 1)[n // 30] for n in range(90)}
    moved |= {"u0": 0, "u31": 1, "new": 2}
    assert match(earlier, groups(moved)) == {2: "c0", 0: "c1", 1: "c2"}


def test_a_split_keeps_the_name_for_the_larger_part_and_a_stranger_gets_none() -> None:
    earlier = groups({f"u{n}": "c1" for n in range(100)})
    now = {f"u{n}": (0 if n < 70 else 1) for n in range(100)} | {f"x{n}": 2 for n in range(40)}
    assert match(earlier, groups(now)) == {0: "c1"}
    assert match(earlier, groups({f"y{n}": 0 for n in range(5)})) == {}


def pairs(edges: list[tuple[str, str, float]]) -> pl.DataFrame:
    return pl.DataFrame(edges, schema=["a", "b", "weight"], orient="row")


def test_the_account_between_communities_is_the_bridge() -> None:
    inside = [(f"{c}{i}", f"{c}{j}", 1.0) for c in "pqr" for i in range(6) for j in range(i)]
    joined = pairs([*inside, ("p0", "q0", 1.0), ("p0", "q1", 1.0), ("p0", "r0", 1.0)])
    own = pl.DataFrame(
        [(f"{c}{i}", c) for c in "pqr" for i in range(6)], schema=["account_id", "community"], orient="row"
    )
    found = bridges(joined, own)
    best = found.row(0, named=True)
    assert best["account_id"] == "p0"
    assert best["reaches"] == ["q", "r"]
    assert best["weight"] == 3.0
    assert best["participation"] == pytest.approx(1 - (5 / 8) ** 2 - (2 / 8) ** 2 - (1 / 8) ** 2)
    assert set(found["account_id"]) == {"p0", "q0", "q1", "r0"}


def test_closeness_expects_what_the_configuration_model_does() -> None:
    graph: nx.Graph[int] = nx.planted_partition_graph(3, 20, 0.5, 0.1, seed=3)
    rows = [(f"u{a:02d}", f"u{b:02d}", 1.0) for a, b in graph.edges]
    own = pl.DataFrame(
        [(f"u{n:02d}", "xyz"[n // 20]) for n in graph], schema=["account_id", "community"], orient="row"
    )
    found = closeness(pairs(rows), own)
    assert found.height == 3
    for row in found.iter_rows(named=True):
        sides = [{n for n in graph if "xyz"[n // 20] == row[side]} for side in "ab"]
        assert row["pairs"] == row["weight"] == len(list(nx.edge_boundary(graph, sides[0], sides[1])))
        strength = [sum(degree for _, degree in graph.degree(side)) for side in sides]
        assert row["expected"] == pytest.approx(strength[0] * strength[1] / (2 * graph.number_of_edges()))


def test_nobody_joins_anything_in_an_empty_graph() -> None:
    nothing = pl.DataFrame(schema={"a": pl.String, "b": pl.String, "weight": pl.Float64})
    own = pl.DataFrame({"account_id": ["u"], "community": ["c1"]})
    assert bridges(nothing, own).is_empty()
    assert closeness(nothing, own).is_empty()


def test_the_account_whose_posts_travel_stands_out_among_its_likes() -> None:
    random = np.random.default_rng(1)
    followers = {f"u{n:03d}": int(10 ** random.uniform(1, 5)) for n in range(200)}
    rows = [(name, int(random.poisson(count**0.5))) for name, count in followers.items() for _ in range(9)]
    rows = [(name, reposts * 12 if name == "u007" else reposts) for name, reposts in rows]
    found = amplification(
        pl.DataFrame(rows, schema=["account_id", "reposts"], orient="row"),
        pl.DataFrame(list(followers.items()), schema=["account_id", "followers"], orient="row"),
    ).sort("amplification", descending=True)
    assert found["account_id"][0] == "u007"
    assert found["amplification"][0] > 3
    assert np.median(found["amplification"].to_numpy()) == pytest.approx(1.0, abs=0.15)
    by_followers = found.join(
        pl.DataFrame(list(followers.items()), schema=["account_id", "followers"], orient="row"),
        on="account_id",
    ).sort("followers")
    assert by_followers["expected_reposts"].is_sorted()


def test_amplification_is_unknown_where_little_is_known() -> None:
    posts = pl.DataFrame(
        {"account_id": ["a"] * 4 + ["b"] * 9 + ["c"] * 9, "reposts": [1] * 4 + [None] * 9 + [2] * 9}
    )
    followers = pl.DataFrame({"account_id": ["a", "b", "c"], "followers": [5, 5, None]})
    assert amplification(posts, followers).is_empty()
