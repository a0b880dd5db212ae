"""Building a graph and PageRank: as NetworkX stops, and converged."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from bench.child import in_child, middle
from bench.figures import Figure, Say
from bench.graph.edges import rmat, slashdot

# PageRank as NetworkX stops, and with building: times NetworkX.
GOAL_LOOSE, GOAL_BUILD = 150.0, 45.0
PEERS = ("networkit", "igraph")

# In turns, so that what else the machine does falls on all; NetworkX, which takes minutes on more edges than these, and
# graphs from names once.
TURNS, NETWORKX_TURNS_UPTO = 3, 1_000_000


def measure(quick: bool, say: Say) -> list[Figure]:
    """R-MAT, then real edges where they are at hand."""
    figures: list[Figure] = []
    say("making R-MAT edges")
    graphs = {"R-MAT": rmat(200_000 if quick else 10_000_000)}
    real = slashdot()
    if real is None:
        say("no Slashdot edges at ../shared/data: left out")
    elif not quick:
        graphs["Slashdot"] = real
    for name, ends in graphs.items():
        with tempfile.TemporaryDirectory() as folder:
            np.save(Path(folder) / "edges.npy", np.stack(ends))
            figures += _compared(f"{name} {len(ends[0]):,} edges", len(ends[0]), Path(folder), quick, say)
    return figures


def _compared(task: str, count: int, folder: Path, quick: bool, say: Say) -> Iterator[Figure]:
    started = perf_counter()
    runs: dict[str, list[dict[str, Any]]] = {}
    edges = str(folder / "edges.npy")
    for turn in range(1 if quick else TURNS):
        once = turn > 0 and count > NETWORKX_TURNS_UPTO
        for library in ("renqun", *PEERS, *(() if once else ("networkx",))):
            say(f"{task}: {library}, run {turn + 1}")
            run = in_child(f"bench.graph.libraries:{library}", edges, str(folder / f"{library}.npy"))
            runs.setdefault(library, []).append(run)
    runs["renqun, names"] = [in_child("bench.graph.libraries:renqun_named", edges)]
    runs["networkx, names"] = [in_child("bench.graph.libraries:networkx_named", edges)]
    seconds = perf_counter() - started

    def against(
        peer: str, metric: str, *steps: str, goal: float | None = None, ids: str = ""
    ) -> Iterator[Figure]:
        for clock, unit, wanted in (("wall", "s", goal), ("cpu", "CPU s", None)):
            ours, theirs = (middle(runs[name + ids], clock, *steps) for name in ("renqun", peer))
            yield Figure(
                task=task,
                metric=metric,
                value=ours,
                unit=unit,
                peer=peer,
                peer_value=theirs,
                ratio=theirs / ours,
                goal=None if quick else wanted,  # goals are of the whole size
                seconds=seconds,
            )

    yield from against("networkx", "PageRank, stop 1e-6 N", "loose", goal=GOAL_LOOSE)
    yield from against("networkx", "build + PageRank, integer ids", "build", "loose", goal=GOAL_BUILD)
    yield from against("networkx", "build + PageRank, string ids", "build", "loose", ids=", names")
    yield from against("networkx", "PageRank, L1 1e-9", "converged")
    yield from against("networkit", "PageRank, stop 1e-6 N", "loose", goal=1.0)
    for peer in PEERS:
        yield from against(peer, "build from arrays", "build", goal=1.0)
        yield from against(peer, "PageRank, L1 1e-9", "converged", goal=1.0)
    mine = np.load(folder / "renqun.npy")
    for peer in ("networkx", *PEERS):
        theirs = np.load(folder / f"{peer}.npy")
        distance = float(np.abs(mine - theirs / theirs.sum()).sum())
        yield Figure(
            task=task,
            metric=f"L1 distance to {peer}'s converged",
            value=distance,
            goal=1e-6 if peer == "networkx" else None,
            lower_is_better=True,
            seconds=seconds,
        )
