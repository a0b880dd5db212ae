"""What people use for lookalikes today: two recommenders of ``implicit``, given the same seeds and the same features."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from audience.lookalike.ranking import Bools, Floats

ALS, BM25 = "implicit ALS + neighbours", "implicit BM25 items"
FACTORS = 64
_K1, _B = 1.2, 0.75  # those of BM25Recommender
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
    """The audience as one more item that its seeds have: everybody's score by BM25 between it and the other items.

    What ``BM25Recommender`` gives with all neighbours kept, without the similarities of the other items to one another.
    """
    from implicit.nearest_neighbours import bm25_weight

    own = sparse.csr_matrix(seeds.astype(np.float32)[:, None])
    together = sparse.hstack([sparse.csr_matrix(features, dtype=np.float32), own], format="csr")
    weighted = sparse.csr_matrix(bm25_weight(together.T.tocsr(), K1=_K1, B=_B))
    towards = np.asarray((weighted @ weighted[[-1]].T).todense()).ravel()
    return np.asarray(features @ towards[:-1], dtype=np.float64)
