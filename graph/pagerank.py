"""PageRank by power iteration, in float64, with NetworkX's meaning of every parameter."""

from __future__ import annotations

import numpy as np

from graph.rows import Floats, Product, Rows


class NotConvergedError(ArithmeticError):
    """The iteration did not come to rest within the steps allowed."""


def pagerank(
    incoming: Rows,
    weights: Floats | None = None,
    *,
    alpha: float = 0.85,
    personalization: Floats | None = None,
    max_iter: int = 100,
    tol: float = 1e-6,
    nstart: Floats | None = None,
    dangling: Floats | None = None,
) -> Floats:
    """Rank nodes by where a random surfer spends time; `incoming` holds who points to each, `weights` its entries'.

    L. Page, S. Brin, R. Motwani, T. Winograd, "The PageRank Citation Ranking", 1999; A. Langville and
    C. Meyer, "A survey of eigenvector methods of web information retrieval", SIAM Review 47, 2005. The
    iteration stops when the L1 change is below N * tol. The vectors need not be normalised. Raises
    ZeroDivisionError for a personalization that sums to 0, NotConvergedError after `max_iter` steps.
    """
    size = incoming.size
    if size == 0:
        return np.zeros(0)
    teleport = 1.0 / size if personalization is None else _normalised(personalization)
    from_dangling = teleport if dangling is None else _normalised(dangling)
    rank = np.full(size, 1.0 / size) if nstart is None else _normalised(nstart)

    out = strengths(incoming, weights)
    share = np.divide(alpha, out, out=np.zeros(size), where=out != 0)
    stuck = np.flatnonzero(out == 0)
    received = Product(incoming, weights)
    after, scratch = (
        np.empty(size),
        np.empty(size),
    )  # no array is made in a step: fresh memory costs more than sums
    for _ in range(max_iter):
        received(np.multiply(rank, share, out=scratch), after)
        after += alpha * rank[stuck].sum() * from_dangling + (1 - alpha) * teleport
        change = np.subtract(after, rank, out=scratch)
        if np.abs(change, out=change).sum() < size * tol:
            return after
        rank, after = after, rank
    raise NotConvergedError(f"no rest after {max_iter} steps")


def strengths(incoming: Rows, weights: Floats | None) -> Floats:
    """The sum of the weights that leave each node."""
    if weights is None:
        return incoming.column_lengths.astype(np.float64)
    sums: Floats = np.bincount(incoming.indices, weights=weights, minlength=incoming.size).astype(np.float64)
    return sums


def _normalised(vector: Floats) -> Floats:
    total = vector.sum()
    if total == 0:
        raise ZeroDivisionError("a start, personalization or dangling vector must not sum to 0")
    return np.asarray(vector / total)
