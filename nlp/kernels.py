"""Classes of short texts by kernel ridge regression over what they say: characters, and the likeness of their words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
CHARACTERS = (1, 3)
WIDTH = 2.0  # of the kernel over vectors, as exp(WIDTH (cosine - 1))
MOST = 12_000  # texts learned from: the kernel matrix has their square
_AT_ONCE = 4_000


class KernelClassifier:
    """Scores of classes for short texts, learned from shares: a hard label is a share of 1.

    The kernel adds the cosine of TF-IDF over character n-grams (J. Shawe-Taylor, N. Cristianini, "Kernel Methods for
    Pattern Analysis", 2004, chapter 10) and a Gaussian kernel over unit vectors of the texts, so that words never
    seen with a label speak through those like them. ``ridge`` is the regularisation: more for shares less sure.
    """

    def __init__(self, ridge: float = 0.5) -> None:
        self.ridge = ridge

    def fit(self, texts: Sequence[str], vectors: Floats, share: NDArray[Any]) -> Self:
        """Learn from texts, their unit vectors and their shares (texts x classes). ValueError for more than MOST."""
        from scipy.linalg import cho_factor, cho_solve
        from sklearn.feature_extraction.text import TfidfVectorizer

        if not 0 < len(texts) <= MOST:
            raise ValueError(f"a kernel classifier learns from 1 to {MOST:,} texts, not {len(texts):,}")
        self._tfidf: Any = TfidfVectorizer(
            analyzer="char", ngram_range=CHARACTERS, sublinear_tf=True, dtype=np.float32
        )
        self._table = self._tfidf.fit_transform(texts)
        self._vectors = vectors
        kernel = self._kernel(self._table, vectors)
        kernel[np.diag_indices(len(kernel))] += self.ridge
        self._mean = share.mean(axis=0).astype(np.float32)
        target = np.asarray(share - self._mean, dtype=np.float32)
        factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        self._dual: Floats = cho_solve(factor, target, check_finite=False)
        return self

    def scores(self, texts: Sequence[str], vectors: Floats) -> Floats:
        """Texts x classes; the highest is the class, and values are near the share expected."""
        found = [
            self._kernel(self._tfidf.transform(texts[at : at + _AT_ONCE]), vectors[at : at + _AT_ONCE])
            @ self._dual
            for at in range(0, len(texts), _AT_ONCE)
        ]
        empty = np.empty((0, len(self._mean)), dtype=np.float32)
        return np.asarray(np.vstack([empty, *found]) + self._mean, dtype=np.float32)

    def _kernel(self, table: Any, vectors: Floats) -> Floats:
        alike = np.exp(WIDTH * (vectors @ self._vectors.T - 1.0))
        kernel: Floats = (table @ self._table.T).toarray()
        kernel += alike.astype(np.float32)
        return kernel
