"""What people use for lookalikes today: two recommenders of ``implicit``, given the same seeds and the same features."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from audience.ranking import Bools, Floats

ALS, BM25 = "implicit ALS + neighbours", "implicit BM25 items"
FACTORS = 64
_SEED = 7


def als(features: sparse.csr_matrix, iterations: int = 15, factors: int = FACTORS) -> Any:
    """Alternating least squares over people x features, fitted."""
    from implicit.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=min(factors, min(features.shape) - 1),
        iterations=iterations,
        random_state=_SEED,
        use_gpu=False,
    )
    with threadpool_limits(1, "blas"):
        model.fit(sparse.csr_matrix(features, dtype=np.float32), show_progress=False)
    return model


def neighbours(model: Any, seeds: Bools) -> Floats:
    """Everybody's cosine with the mean of the seeds' factors."""
    factors = model.user_factors
    centre = factors[np.flatnonzero(seeds)].mean(axis=0)
    lengths = np.sqrt(np.einsum("ij,ij->i", factors, factors))
    lengths[lengths == 0] = 1.0
    return np.asarray((factors @ centre) / lengths, dtype=np.float64)


def items(features: sparse.csr_matrix, seeds: Bools) -> Floats:
    """The audience as one more item that its seeds have: everybody's score by BM25 between it and the others."""
    from implicit.nearest_neighbours import BM25Recommender

    own = sparse.csr_matrix(seeds.astype(np.float32)[:, None])
    together = sparse.hstack([sparse.csr_matrix(features, dtype=np.float32), own], format="csr")
    model = BM25Recommender(K=together.shape[1], num_threads=1)
    # It says that its own weighting, a COO matrix, is turned to CSR: once, in milliseconds.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(together, show_progress=False)
    towards = np.asarray(model.similarity[:, -1].todense()).ravel()
    return np.asarray(features @ towards[:-1], dtype=np.float64)
