"""NetworKit's kernels over our rows: communities, cores, triangles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.rows import Floats, Rows, cores

Labels = npt.NDArray[np.int64]


@contextmanager
def _networkit(threads: int, seed: int = 0) -> Iterator[Any]:
    import networkit as nk

    before = nk.getMaxNumberOfThreads()
    nk.setNumberOfThreads(threads)
    nk.setSeed(seed, False)
    try:
        yield nk
    finally:
        nk.setNumberOfThreads(before)


def _undirected(nk: Any, rows: Rows, weights: Floats | None, loops: bool) -> Any:
    """NetworKit's graph of symmetric rows, each edge once."""
    heads = rows.owners()
    once = heads <= rows.indices if loops else heads < rows.indices
    ends = (heads[once].astype(np.uint64), rows.indices[once].astype(np.uint64))
    del heads
    if weights is None:
        return nk.GraphFromCoo(ends, n=rows.size, directed=False)
    return nk.GraphFromCoo((weights[once], ends), n=rows.size, weighted=True, directed=False)


def louvain(
    rows: Rows,
    weights: Floats | None = None,
    *,
    resolution: float = 1.0,
    seed: int | None = 7,
    refine: bool = True,
    tries: int = 1,
) -> Labels:
    """Label the nodes of symmetric rows by Louvain's method, the best of `tries` by modularity.

    V. Blondel et al., "Fast unfolding of communities in large networks", 2008; as parallelised, with `refine`,
    in C. Staudt and H. Meyerhenke, "Engineering Parallel Algorithms for Community Detection in Massive
    Networks", 2016. On one thread, so that the same seed gives the same labels; without a seed on all cores.
    """
    if rows.entries == 0:
        return np.arange(rows.size)
    strategy = "balanced" if seed is None else "none randomized"
    with _networkit(cores() if seed is None else 1, seed or 0) as nk:
        graph = _undirected(nk, rows, weights, loops=True)

        def divide() -> Any:
            method = nk.community.PLM(graph, refine, resolution, strategy)
            method.run()
            return method.getPartition()

        best = divide()
        if tries > 1:
            best = max(
                (best, *(divide() for _ in range(tries - 1))), key=lambda each: _modularity(nk, graph, each)
            )
        return np.asarray(best.getVector(), dtype=np.int64)


def _modularity(nk: Any, graph: Any, partition: Any) -> float:
    return float(nk.community.Modularity().getQuality(partition, graph))


def leiden(rows: Rows, weights: Floats | None = None, *, resolution: float = 1.0, seed: int = 7) -> Labels:
    """Label the nodes of symmetric rows by Leiden's method; repeatable with a seed, as `louvain` is.

    V. Traag, L. Waltman, N. van Eck, "From Louvain to Leiden: guaranteeing well-connected communities", 2019.
    """
    if rows.entries == 0:
        return np.arange(rows.size)
    with _networkit(1, seed) as nk:
        method = nk.community.ParallelLeiden(_undirected(nk, rows, weights, loops=True), True, 10, resolution)
        method.run()
        return np.asarray(method.getPartition().getVector(), dtype=np.int64)


def core_numbers(rows: Rows) -> npt.NDArray[np.int64]:
    """The largest k of a k-core that holds each node; symmetric rows without loops.

    V. Batagelj and M. Zaveršnik, "An O(m) Algorithm for Cores Decomposition of Networks", 2003.
    """
    if rows.size == 0:
        return np.zeros(0, np.int64)
    with _networkit(cores()) as nk:
        method = nk.centrality.CoreDecomposition(_undirected(nk, rows, None, loops=False))
        method.run()
        return np.asarray(method.scores(), dtype=np.int64)


def triangles(rows: Rows) -> npt.NDArray[np.int64]:
    """The triangles that each node is part of; symmetric rows without loops.

    M. Ortmann and U. Brandes, "Triangle Listing Algorithms: Back from the Diversion", 2014.
    """
    if rows.size == 0:
        return np.zeros(0, np.int64)
    with _networkit(cores()) as nk:
        method = nk.centrality.LocalClusteringCoefficient(_undirected(nk, rows, None, loops=False), True)
        method.run()
        degrees = rows.lengths
        return np.rint(np.asarray(method.scores()) * (degrees * (degrees - 1) / 2)).astype(np.int64)
