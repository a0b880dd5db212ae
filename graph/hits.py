"""Hubs and authorities: the leading pair of singular vectors of the adjacency matrix."""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, svds

from graph.pagerank import NotConvergedError
from graph.rows import Floats, Product, Rows


def hits(
    outgoing: Rows,
    incoming: Rows,
    values: tuple[Floats | None, Floats | None],
    *,
    max_iter: int = 100,
    tol: float = 1e-8,
    nstart: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Score nodes as hubs and as authorities; `values` are the entries' weights of both directions.

    J. Kleinberg, "Authoritative sources in a hyperlinked environment", Journal of the ACM 46, 1999; by
    Lanczos' method. The signs are those that it happens to find. Raises NotConvergedError after `max_iter` steps.
    """
    if max_iter <= 0:
        raise NotConvergedError("no step allowed")
    sent, received = Product(outgoing, values[0]), Product(incoming, values[1])
    both = LinearOperator(
        (outgoing.size, outgoing.size),
        matvec=lambda vector: sent(np.ravel(vector)),
        rmatvec=lambda vector: received(np.ravel(vector)),
        dtype=np.float64,
    )
    try:
        _, _, right = svds(both, k=1, v0=nstart, maxiter=max_iter, tol=tol)
    except ArpackNoConvergence as error:
        raise NotConvergedError(f"no rest after {max_iter} steps") from error
    authorities = np.ravel(right)
    return sent(authorities), authorities
