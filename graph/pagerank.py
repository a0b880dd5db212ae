"""PageRank by power iteration, in float64, with NetworkX's meaning of every parameter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]


class NotConvergedError(ArithmeticError):
    """The iteration did not come to rest within the steps allowed."""


def pagerank(
    adjacency: sparse.csr_array,
    *,
    alpha: float = 0.85,
    personalization: Floats | None = None,
    max_iter: int = 100,
    tol: float = 1e-6,
    nstart: Floats | None = None,
    dangling: Floats | None = None,
) -> Floats:
    """Rank nodes by where a random surfer spends time; rows of `adjacency` point to columns.

    L. Page, S. Brin, R. Motwani, T. Winograd, "The PageRank Citation Ranking", 1999; A. Langville and
    C. Meyer, "A survey of eigenvector methods of web information retrieval", SIAM Review 47, 2005. The
    iteration stops when the L1 change is below N * tol. The vectors need not be normalised. Raises
    ZeroDivisionError for a personalization that sums to 0, NotConvergedError after `max_iter` steps.
    """
    size = adjacency.shape[0]
    if size == 0:
        return np.zeros(0)
    uniform = np.full(size, 1.0 / size)
    teleport = uniform if personalization is None else _normalised(personalization)
    from_dangling = teleport if dangling is None else _normalised(dangling)
    rank: Floats = uniform if nstart is None else _normalised(nstart)

    out = np.asarray(adjacency.sum(axis=1)).ravel()
    share = np.divide(1.0, out, out=np.zeros(size), where=out != 0)
    stuck = np.flatnonzero(out == 0)
    rows = np.repeat(np.arange(size), np.diff(adjacency.indptr))
    moves = sparse.csr_array(
        (adjacency.data * share[rows], adjacency.indices, adjacency.indptr), shape=adjacency.shape
    ).T.tocsr()
    for _ in range(max_iter):
        last = rank
        inflow = np.asarray(moves @ last) + last[stuck].sum() * from_dangling
        rank = np.asarray(alpha * inflow + (1 - alpha) * teleport)
        if np.abs(rank - last).sum() < size * tol:
            return rank
    raise NotConvergedError(f"no rest after {max_iter} steps")


def _normalised(vector: Floats) -> Floats:
    total = vector.sum()
    if total == 0:
        raise ZeroDivisionError("a start, personalization or dangling vector must not sum to 0")
    return np.asarray(vector / total)
