"""Communities: as fast as NetworKit's PLM, and as good as NetworkX's Louvain."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from time import perf_counter

import numpy as np

from bench.child import in_child, middle
from bench.figures import Figure, Say
from bench.graph.edges import Ends, rmat, slashdot, undirected

# At most 1.5 times the time of PLM.
GOAL_TIME = 1 / 1.5


def measure(quick: bool, say: Say) -> list[Figure]:
    """Time on R-MAT, modularity on real edges (in a quick run on a small R-MAT)."""
    large = undirected(*rmat(200_000 if quick else 10_000_000))
    real = None if quick else slashdot()
    small = undirected(*(real if real is not None else rmat(20_000)))
    name = "R-MAT" if real is None else "Slashdot"
    return [*_time(large, quick, say), *_quality(name, small, 2 if quick else 3, say)]


def _time(ends: tuple[Ends, Ends], quick: bool, say: Say) -> Iterator[Figure]:
    task, started = f"communities, {len(ends[0]):,} edges", perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        edges = Path(folder) / "edges.npy"
        np.save(edges, np.stack(ends))
        ours, theirs = [], []
        for turn in range(1 if quick else 3):
            say(f"{task}, run {turn + 1}")
            ours.append(in_child("bench.graph.libraries:renqun_communities", str(edges)))
            theirs.append(in_child("bench.graph.libraries:networkit_communities", str(edges)))
    for clock, unit, goal in (("wall", "s", GOAL_TIME), ("cpu", "CPU s", None)):
        took, took_by_peer = (middle(runs, clock, "build", "communities") for runs in (ours, theirs))
        yield Figure(
            task=task,
            metric="from arrays to communities",
            value=took,
            unit=unit,
            peer="networkit PLM",
            peer_value=took_by_peer,
            ratio=took_by_peer / took,
            goal=None if quick else goal,
            seconds=perf_counter() - started,
        )
    reached, reached_by_peer = (mean(run["modularity"] for run in runs) for runs in (ours, theirs))
    yield Figure(
        task=task,
        metric="modularity",
        value=reached,
        peer="networkit PLM",
        peer_value=reached_by_peer,
        ratio=reached / reached_by_peer,
        seconds=perf_counter() - started,
    )


def _quality(name: str, ends: tuple[Ends, Ends], seeds: int, say: Say) -> Iterator[Figure]:
    task, started = f"Louvain on {name}, {len(ends[0]):,} edges", perf_counter()
    say(task)
    with tempfile.TemporaryDirectory() as folder:
        edges = Path(folder) / "edges.npy"
        np.save(edges, np.stack(ends))
        run = in_child("bench.graph.libraries:louvain_quality", str(edges), str(seeds))
    ours, theirs = (run["modularity"][library] for library in ("renqun", "networkx"))
    spread = 1.96 * float(np.std(ours, ddof=1)) / len(ours) ** 0.5
    yield Figure(
        task=task,
        metric=f"modularity, mean of {seeds} seeds",
        value=mean(ours),
        peer="networkx",
        peer_value=mean(theirs),
        ratio=mean(ours) / mean(theirs),
        goal=1.0,
        low=mean(ours) - spread,
        high=mean(ours) + spread,
        seconds=perf_counter() - started,
    )
    yield Figure(
        task=task,
        metric="time, last seed",
        value=run["wall"]["renqun"],
        unit="s",
        peer="networkx",
        peer_value=run["wall"]["networkx"],
        ratio=run["wall"]["networkx"] / run["wall"]["renqun"],
        seconds=perf_counter() - started,
    )
