"""The graph benchmark: the edges that all get are what they claim, and every figure comes out."""

from __future__ import annotations

import json
import time
from itertools import count

import numpy as np
import pytest

from bench.child import Steps, in_child, middle
from bench.data import SHARED
from bench.graph import streamers
from bench.graph.edges import rmat, undirected
from tests.api.renqun_process import renqun


def test_rmat_edges_are_distinct_skewed_and_repeatable() -> None:
    src, dst = rmat(5_000)
    assert len(src) == len({*zip(src.tolist(), dst.tolist(), strict=True)})
    assert 4_500 < len(src) <= 5_000  # those drawn twice stand once
    assert np.array_equal(np.unique([src, dst]), np.arange(max(src.max(), dst.max()) + 1))
    degrees = np.bincount(src)
    assert degrees.max() > 10 * degrees.mean()
    assert all(np.array_equal(one, two) for one, two in zip((src, dst), rmat(5_000), strict=True))
    assert not np.array_equal(src, rmat(5_000, seed=8)[0])


def test_undirected_pairs_stand_once() -> None:
    low, high = undirected(np.array([1, 2, 2, 5]), np.array([2, 1, 2, 0]))
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == [(0, 5), (1, 2)]


def test_a_child_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="No such file"):
        in_child("bench.graph.libraries:renqun", "nowhere.npy", "nothing.npy")


def test_the_middle_is_of_sums() -> None:
    runs = [{"wall": {"a": a, "b": b}} for a, b in ((1.0, 9.0), (2.0, 1.0), (3.0, 2.0))]
    assert middle(runs, "wall", "a", "b") == 5.0


def test_a_short_step_is_repeated_and_a_long_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 0.1, 1.0, 1.3, 2.0, 2.2, 3.0, 3.1, 4.0, 4.1, 5.0, 7.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(times))
    steps, done = Steps(), count(1)
    assert steps.time("short", lambda: next(done)) == 5
    assert steps.time("long", lambda: next(done)) == 6
    assert steps.wall == {"short": pytest.approx(0.1), "long": 2.0}


@pytest.mark.skipif(
    not (SHARED / "musae_twitch_zhtw").exists(), reason="no musae_twitch_zhtw at ../shared/data"
)
def test_real_streamers_are_ranked_and_divided_no_worse_than_by_networkx() -> None:
    pytest.importorskip("igraph")
    figures = streamers.measure(True, print)
    ranked = [each for each in figures if each.metric == "Spearman with views"]
    assert {each.peer for each in ranked} == {"networkx PageRank", "number of friends"}
    assert all(each.low and each.low < each.value < (each.high or 0) for each in ranked)
    gain = next(each for each in figures if each.metric == "above number of friends")
    assert gain.low is not None
    assert gain.low > 0
    divided = [each for each in figures if each.metric.startswith("modularity")]
    assert [each.ok for each in divided if each.goal is not None] == [True]
    assert {each.peer for each in divided} == {"networkx Louvain", "igraph Leiden"}


@pytest.mark.soak
def test_a_quick_run_gives_every_figure() -> None:
    done = renqun("bench", "graph", "--quick", "--json", seconds=600)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert {figure["task"].split()[0].rstrip(",") for figure in figures} == {
        "R-MAT",
        "Parquet",
        "communities",
        "Louvain",
        "spread",
        "overlap",
        *({"influence"} if (SHARED / "musae_twitch_zhtw").exists() else ()),
    }
    assert {"networkx", "networkit", "igraph"} <= {figure["peer"] for figure in figures}
    distance = next(each for each in figures if each["metric"].startswith("L1 distance to networkx"))
    assert distance["value"] <= 1e-6
    beside_celf = next(each for each in figures if each["peer"] == "CELF" and each["unit"] == "accounts")
    assert beside_celf["ratio"] >= 0.98
