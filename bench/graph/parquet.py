"""From a Parquet file of edges to a graph: time and memory."""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import polars as pl

from bench.child import in_child, middle
from bench.figures import Figure, Say
from bench.graph.edges import rmat

GIB = 1 << 30


def measure(quick: bool, say: Say) -> list[Figure]:
    """Integer ids (against NetworKit from arrays in memory) and string ids."""
    src, dst = rmat(200_000 if quick else 10_000_000)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        arrays = Path(folder) / "edges.npy"
        np.save(arrays, np.stack([src, dst]))
        for kind in ("integer", "string"):
            file = Path(folder) / f"{kind}.parquet"
            _write(src, dst, file, kind)
            task, started = f"Parquet, {kind} ids, {len(src):,} edges", perf_counter()
            say(task)
            runs, peers = [], []
            for _ in range(1 if quick or kind == "string" else 3):
                runs.append(in_child("bench.graph.libraries:parquet_memory", str(file)))
                if kind == "integer":
                    peers.append(in_child("bench.graph.libraries:networkit_build", str(arrays)))
            took = middle(runs, "wall", "build")
            theirs = middle(peers, "wall", "build") if peers else None
            figures.append(
                Figure(
                    task=task,
                    metric="peak memory above the graph",
                    value=max(run["above"] for run in runs) / GIB,
                    unit="GiB",
                    goal=1.0,
                    lower_is_better=True,
                    seconds=perf_counter() - started,
                )
            )
            figures.append(
                Figure(
                    task=task,
                    metric="from file to graph",
                    value=took,
                    unit="s",
                    peer="networkit, from arrays" if theirs else None,
                    peer_value=theirs,
                    ratio=theirs / took if theirs else None,
                    goal=1.0 if theirs and not quick else None,
                    seconds=perf_counter() - started,
                )
            )
    return figures


def _write(src: np.ndarray, dst: np.ndarray, file: Path, kind: str) -> None:
    frame = pl.DataFrame({"src": src, "dst": dst})
    if kind == "string":
        names = pl.Series([f"u{number:032x}" for number in range(int(max(src.max(), dst.max())) + 1)])
        frame = pl.DataFrame({"src": names.gather(src), "dst": names.gather(dst)})
    frame.write_parquet(file, row_group_size=1_000_000)
