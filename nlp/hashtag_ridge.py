"""Kernel ridge regression of hashtags on texts, with what it would say of a text had it not seen that text's tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nlp.documents import Docs
from nlp.hashtag_evidence import gaps, pieces, places, words_and_pairs
from nlp.vectors import WordVectors

Floats = npt.NDArray[np.float32]
MOST = 12_000  # texts learned from: the kernel matrix has their square
FEATURES = 4
_RIDGE = 0.5
_WIDTH = 4.0  # of the kernel over vectors, as exp(_WIDTH (cosine - 1))
_EPOCHS = 15  # of the vectors: few texts are read more often
_AT_ONCE = 500


class TagRidge:
    """Scores of tags by all texts at once: the kernel adds the cosines of TF-IDF over words and over characters, and a
    Gaussian kernel over vectors of the texts, through which words that stand for the same speak for each other.

    ``left_out`` (texts x tags) are the scores of the texts learned from, each by a regression without it, which has a closed
    form (R. Rifkin, R. Lippert, "Notes on Regularized Least-Squares", MIT-CSAIL-TR-2007-025). Of more than MOST texts
    the first are learned from, and the others are scored as new ones.
    """

    def fit(self, docs: Docs, tags: Sequence[Sequence[int]], count: int) -> Self:
        """Learn from texts and the tags of each, as columns below ``count``; some word must be in three of them."""
        from scipy.linalg import cho_factor, cho_solve
        from scipy.linalg.lapack import spotri
        from sklearn.feature_extraction.text import TfidfVectorizer

        some = docs[:MOST]
        self._views: list[Any] = [
            TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, min_df=2, dtype=np.float32)
            for analyzer in (words_and_pairs, pieces)
        ]
        self._tables = [view.fit_transform(some).T.tocsr() for view in self._views]
        self._words = WordVectors.fit(some, epochs=_EPOCHS)
        self._vectors = self._words.posts(some)
        share = np.zeros((len(some), count), np.float32)
        for row, columns in enumerate(tags[:MOST]):
            share[row, columns] = 1.0
        kernel = self._kernel([table.T for table in self._tables], self._vectors)
        kernel[np.diag_indices(len(kernel))] += _RIDGE
        factor, _ = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        self._dual: Floats = np.asarray(
            cho_solve((factor, True), share, check_finite=False), dtype=np.float32
        )
        inverse, _ = spotri(factor, lower=1, overwrite_c=1)
        left_out = share - self._dual / np.diag(inverse).astype(np.float32)[:, None]
        self.left_out: Floats = np.vstack([left_out, self.scores(docs[MOST:])]).astype(np.float32)
        return self

    def scores(self, docs: Docs) -> Floats:
        """Texts x tags: near 1 where the tag is sure."""
        parts = [np.zeros((0, self._dual.shape[1]), np.float32)]
        for start in range(0, len(docs), _AT_ONCE):
            some = docs[start : start + _AT_ONCE]
            likeness = self._kernel([view.transform(some) for view in self._views], self._words.posts(some))
            parts.append(np.asarray(likeness @ self._dual, dtype=np.float32))
        return np.vstack(parts)

    def _kernel(self, rows: Sequence[Any], vectors: Floats) -> Floats:
        kernel: Floats = np.exp(np.float32(_WIDTH) * (vectors @ self._vectors.T - np.float32(1.0)))
        kernel[~vectors.any(axis=1)] = 0.0  # a text without a known word is like none
        kernel[:, ~self._vectors.any(axis=1)] = 0.0
        for row, table in zip(rows, self._tables, strict=True):
            kernel += (row @ table).toarray()
        return kernel


def ridge_features(scores: Floats, post: npt.NDArray[np.int64], tag: npt.NDArray[np.int64]) -> Floats:
    """Candidates x FEATURES: score, place and distance from the post's best, and how far that best is before the second."""
    best = np.sort(scores, axis=1)[:, -2:]
    columns = [scores[post, tag], places(scores, post, tag), gaps(scores, post, tag)]
    return np.column_stack([*columns, (best[:, -1] - best[:, 0])[post]]).astype(np.float32)
