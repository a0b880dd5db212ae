"""Features of several kinds side by side, each kind's part of a row of length 1, as mining writes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def stacked(*blocks: sparse.csr_matrix) -> sparse.csr_matrix:
    """One matrix; columns that fewer than three people share are left out."""
    return sparse.csr_matrix(sparse.hstack([_unit(_shared(block)) for block in blocks], format="csr"))


def friends(edges: NDArray[np.int64], people: int) -> sparse.csr_matrix:
    """People x people, 1 where two are joined; ``edges`` is pairs x 2."""
    ones = np.ones(len(edges), dtype=np.float32)
    one_way = sparse.csr_matrix((ones, (edges[:, 0], edges[:, 1])), shape=(people, people))
    both = one_way + one_way.T
    both.data[:] = 1.0
    return sparse.csr_matrix(both)


def _shared(block: sparse.csr_matrix) -> sparse.csr_matrix:
    return sparse.csr_matrix(block[:, np.flatnonzero(np.asarray(block.getnnz(axis=0)) >= 3)])


def _unit(block: sparse.csr_matrix) -> sparse.csr_matrix:
    norms = np.sqrt(np.asarray(block.multiply(block).sum(axis=1))).ravel()
    norms[norms == 0] = 1.0
    return sparse.csr_matrix(sparse.diags_array(1.0 / norms) @ block)
