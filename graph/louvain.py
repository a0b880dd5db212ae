"""Communities by modularity, through NetworKit, repeatable for a seed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Labels = npt.NDArray[np.int64]


@contextmanager
def _single_thread(seed: int) -> Iterator[Any]:
    import networkit as nk

    threads = nk.getMaxNumberOfThreads()
    nk.setNumberOfThreads(1)
    nk.setSeed(seed, False)
    try:
        yield nk
    finally:
        nk.setNumberOfThreads(threads)


def _to_networkit(nk: Any, adjacency: sparse.csr_array) -> Any:
    upper = sparse.triu(adjacency).tocoo()
    coordinates = (upper.data, (upper.row.astype(np.uint64), upper.col.astype(np.uint64)))
    return nk.GraphFromCoo(coordinates, n=adjacency.shape[0], weighted=True, directed=False)


def louvain(adjacency: sparse.csr_array, *, resolution: float = 1.0, seed: int = 7) -> Labels:
    """Label the nodes of a symmetric weighted matrix by Louvain's method with refinement.

    V. Blondel et al., "Fast unfolding of communities in large networks", 2008; as parallelised in
    C. Staudt and H. Meyerhenke, "Engineering Parallel Algorithms for Community Detection in Massive
    Networks", 2016, here on one thread, so that the same seed gives the same labels.
    """
    if adjacency.shape[0] == 0:
        return np.zeros(0, np.int64)
    with _single_thread(seed) as nk:
        method = nk.community.PLM(_to_networkit(nk, adjacency), True, resolution, "none randomized")
        method.run()
        return np.asarray(method.getPartition().getVector(), dtype=np.int64)


def leiden(adjacency: sparse.csr_array, *, resolution: float = 1.0, seed: int = 7) -> Labels:
    """Label the nodes of a symmetric weighted matrix by Leiden's method.

    V. Traag, L. Waltman, N. van Eck, "From Louvain to Leiden: guaranteeing well-connected communities", 2019.
    """
    if adjacency.shape[0] == 0:
        return np.zeros(0, np.int64)
    with _single_thread(seed) as nk:
        method = nk.community.ParallelLeiden(_to_networkit(nk, adjacency), True, 10, resolution)
        method.run()
        return np.asarray(method.getPartition().getVector(), dtype=np.int64)
