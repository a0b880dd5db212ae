"""Whom to tell first: IMM on Slashdot, and beside CELF, degree and PageRank on a part of it."""

from __future__ import annotations

from time import perf_counter, process_time
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.figures import Figure, Say
from bench.graph.celf import celf
from bench.graph.edges import rmat, slashdot
from graph.csr import CsrGraph
from graph.pagerank import pagerank
from graph.spread.cascade import simulate
from graph.spread.imm import SpreadPlan, maximise
from graph.spread.network import Ints, SpreadNetwork

Array = npt.NDArray[Any]
CHOSEN, EPSILON = 50, 0.1
GOAL_SECONDS, GOAL_OF_CELF = 10.0, 0.98
_PART = 5_000


def measure(quick: bool, say: Say) -> list[Figure]:
    """Weighted cascade, 50 accounts, epsilon 0.1, delta 1 over the number of accounts."""
    ends = slashdot()
    name = "Slashdot"
    if ends is None or quick:
        ends, name = rmat(60_000 if quick else 900_000), "R-MAT"
    src, dst = ends
    maximise(SpreadNetwork.from_edges(["a"], ["b"]), 1)  # compiles what isn't yet
    return [*_whole(name, src, dst, quick, say), *_part(name, src, dst, quick, say)]


def _whole(name: str, src: Array, dst: Array, quick: bool, say: Say) -> list[Figure]:
    network = SpreadNetwork.from_edges(src, dst)
    task = f"spread on {name}, {len(network):,} accounts, K = {CHOSEN}"
    say(f"{task}: IMM")
    times: list[tuple[float, float]] = []
    for _ in range(1 if quick else 3):
        began, cpu = perf_counter(), process_time()
        plan = maximise(network, CHOSEN, epsilon=EPSILON)
        times.append((perf_counter() - began, process_time() - cpu))
    wall, cpu = sorted(times)[len(times) // 2]
    by_degree = _most(np.bincount(network.source, minlength=len(network)))
    runs = 1_000 if quick else 10_000
    ours, theirs = (simulate(network, nodes, runs) for nodes in (plan.nodes, by_degree))
    return [
        Figure(
            task=task,
            metric=f"IMM, ε = {EPSILON}, δ = 1/n",
            value=wall,
            unit="s",
            goal=None if quick else GOAL_SECONDS,
            lower_is_better=True,
            seconds=wall,
        ),
        Figure(task=task, metric="IMM, CPU", value=cpu, unit="s"),
        Figure(
            task=task,
            metric="spread by simulation",
            value=ours.spread,
            unit="accounts",
            low=ours.low,
            high=ours.high,
            peer="highest degree",
            peer_value=theirs.spread,
            ratio=ours.spread / theirs.spread,
        ),
        _within(task, plan, ours.spread),
    ]


def _within(task: str, plan: SpreadPlan, truth: float) -> Figure:
    return Figure(
        task=task,
        metric="spread told beside simulated",
        value=plan.spread,
        unit="accounts",
        low=plan.low,
        high=plan.high,
        peer="simulated",
        peer_value=truth,
    )


def _part(name: str, src: Array, dst: Array, quick: bool, say: Say) -> list[Figure]:
    """The accounts nearest to the one with most edges: CELF takes minutes on more."""
    size = 500 if quick else _PART
    graph = CsrGraph.from_edges(src, dst)
    near = _nearest(graph, size)
    inside = np.isin(src, near) & np.isin(dst, near)
    network = SpreadNetwork.from_edges(src[inside], dst[inside])
    task = f"spread on a part of {name}, {len(network):,} accounts, K = {CHOSEN}"
    runs = 1_000 if quick else 10_000
    began = perf_counter()
    plan = maximise(network, CHOSEN, epsilon=EPSILON)
    ours_seconds, ours = perf_counter() - began, simulate(network, plan.nodes, runs).spread
    say(f"{task}: CELF")
    celf(SpreadNetwork.from_edges(["a"], ["b"]), 1, 2)
    began = perf_counter()
    greedy = celf(network, CHOSEN, 200 if quick else 2_000)
    celf_seconds = perf_counter() - began
    part = CsrGraph.from_edges(src[inside], dst[inside])
    ranked = pagerank(part.outgoing, max_iter=500)  # who is passed on from, so against the edges
    baselines = {
        "CELF": greedy,
        "PageRank": _most(ranked),
        "highest degree": _most(np.bincount(network.source, minlength=len(network))),
    }
    figures = []
    for peer, nodes in baselines.items():
        theirs = simulate(network, nodes, runs).spread
        goal = GOAL_OF_CELF if peer == "CELF" and not quick else None
        figures.append(
            Figure(
                task=task, metric="spread by simulation", value=ours, unit="accounts", peer=peer,
                peer_value=theirs, ratio=ours / theirs, goal=goal,
            )
        )  # fmt: skip
    figures.append(
        Figure(
            task=task, metric="time", value=ours_seconds, unit="s", peer="CELF", peer_value=celf_seconds,
            ratio=celf_seconds / ours_seconds, seconds=celf_seconds,
        )
    )  # fmt: skip
    return figures


def _most(scores: Array) -> Ints:
    best: Ints = np.argsort(-scores, kind="stable")[:CHOSEN].astype(np.int32)
    return best


def _nearest(graph: CsrGraph, size: int) -> Array:
    """The labels of the first ``size`` accounts breadth-first from the one with most edges, either way."""
    around = graph.neighbours
    first = int(np.argmax(around.lengths))
    seen = np.zeros(len(graph), np.bool_)
    found, front = np.array([first]), np.array([first])
    seen[first] = True
    while len(found) < size and len(front):
        reached = np.unique(around.of(front))
        front = reached[~seen[reached]]
        seen[front] = True
        found = np.concatenate([found, front])
    labels: Array = np.asarray(graph.labels)
    part: Array = labels[found[:size]]
    return part
