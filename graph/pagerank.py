"""PageRank in float64, with NetworkX's meaning of every parameter: by powers, hurried where they have become slow."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from graph.rows import Floats, Product, Rows

# Above this L1 change an answer depends on the steps that led to it, and NetworkX's own steps are taken.
FINE = 1e-8

# Powers are worth hurrying when each step leaves more than this of the change before, and about as much as the last did.
SLOW, SETTLED = 0.5, 0.01

# How many times the change that plain steps would have left may be left meanwhile.
BEHIND = 4.0

# From ranks, where they lead; into the second array.
Step = Callable[[Floats, Floats], None]


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
    iteration stops when a step's L1 change is below N * tol; where that is FINE, the answer agrees with
    NetworkX's to 2 * N * tol / (1 - alpha), else to the last digits. The vectors need not be normalised. Raises
    ZeroDivisionError for a personalization that sums to 0, NotConvergedError where plain steps would
    take more than `max_iter`.
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
    shared = np.empty(size)  # no array is made in a step: fresh memory costs more than sums

    def step(rank: Floats, after: Floats) -> None:
        received(np.multiply(rank, share, out=shared), after)
        after += alpha * rank[stuck].sum() * from_dangling + (1 - alpha) * teleport

    found = _rest(step, rank, alpha, size * tol, max_iter)
    if found is None:
        raise NotConvergedError(f"no rest after {max_iter} steps")
    return found


def _rest(step: Step, rank: Floats, alpha: float, limit: float, steps: int) -> Floats | None:
    """Where a step changes less than `limit`; None where that takes more steps."""
    after, scratch = np.empty_like(rank), np.empty_like(rank)
    moved, rate, hurry = math.inf, 0.0, limit <= FINE
    for left in range(steps, 0, -1):
        step(rank, after)
        last, moved = moved, _distance(after, rank, scratch)
        if moved < limit:
            return after
        rank, after = after, rank
        before, rate = rate, moved / last
        if hurry and SLOW < rate < 1 and abs(rate - before) < SETTLED:
            hurry = False
            found = _hurried(step, rank, alpha, limit, left - 1, moved, rate)
            if found is not None:
                return found
    return None


def _hurried(
    step: Step, start: Floats, alpha: float, limit: float, steps: int, moved: float, rate: float
) -> Floats | None:
    """The same by Chebyshev's weights; None where they turn out no faster than plain steps.

    G. Golub and R. Varga, "Chebyshev semi-iterative methods", Numerische Mathematik 3, 1961. They take the
    eigenvalues for real, between -alpha and alpha, as they nearly are where most edges go both ways: then
    a step leaves alpha / (1 + sqrt(1 - alpha^2)) of the error, 0.56 in place of 0.85. Along circles of
    edges in one direction they lead away; `moved` and `rate` tell what plain steps would have come to.
    """
    before, now, after, scratch = start.copy(), start.copy(), np.empty_like(start), np.empty_like(start)
    allowed, weight = BEHIND * moved, 1.0
    for _ in range(steps):
        step(now, after)
        moved, allowed = _distance(after, now, scratch), allowed * rate
        if moved < limit:
            return after
        if not moved <= allowed:
            return None
        after -= before
        after *= weight
        after += before
        before, now, after = now, after, before
        weight = 2 / (2 - alpha**2) if weight == 1 else 1 / (1 - alpha**2 * weight / 4)
    return None


def _distance(one: Floats, other: Floats, scratch: Floats) -> float:
    change = np.subtract(one, other, out=scratch)
    return float(np.abs(change, out=change).sum())


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
