"""Kernel ridge regression of hashtags on texts, with what it would say of a text had it not seen that text's tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nlp.documents import Docs
from nlp.hashtag_evidence import gaps, pieces, places, words_and_pairs

Floats = npt.NDArray[np.float32]
MOST = 12_000  # texts learned from: the kernel matrix has their square
FEATURES = 4
_RIDGE = 0.5
_AT_ONCE = 500


class TagRidge:
    """Scores of tags by all texts at once: the kernel adds the cosines of TF-IDF over words and over characters.

    ``left_out`` (texts x tags) are the scores of the texts learned from, each by a regression without it, which has a closed
    form (R. Rifkin, R. Lippert, "Notes on Regularized Least-Squares", MIT-CSAIL-TR-2007-025). Of more than MOST texts
    the first are learned from, and the others are scored as new ones.
    """

    def fit(self, docs: Docs, tags: Sequence[Sequence[int]], count: int) -> Self:
        """Learn from texts and the tags of each, as columns below ``count``."""
        from scipy.linalg import cho_factor, cho_solve
        from scipy.linalg.lapack import spotri
        from sklearn.feature_extraction.text import TfidfVectorizer

        some = docs[:MOST]
        self._views: list[Any] = [
            TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, min_df=2, dtype=np.float32)
            for analyzer in (words_and_pairs, pieces)
        ]
        self._tables = [view.fit_transform(some).T.tocsr() for view in self._views]
        share = np.zeros((len(some), count), np.float32)
        for row, columns in enumerate(tags[:MOST]):
            share[row, columns] = 1.0
        kernel = sum((table.T @ table).toarray() for table in self._tables)
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
        if not docs:
            return np.zeros((0, self._dual.shape[1]), np.float32)
        likeness = sum(
            (view.transform(docs) @ table).toarray()
            for view, table in zip(self._views, self._tables, strict=True)
        )
        return np.asarray(likeness @ self._dual, dtype=np.float32)

    def features(self, docs: Docs, post: npt.NDArray[np.int64], tag: npt.NDArray[np.int64]) -> Floats:
        """Candidates x FEATURES for new texts; ``post`` (ascending) and ``tag`` as in `Candidates`."""
        parts = [np.zeros((0, FEATURES), np.float32)]
        for start in range(0, len(docs), _AT_ONCE):
            low, high = np.searchsorted(post, (start, start + _AT_ONCE))
            found = self.scores(docs[start : start + _AT_ONCE])
            parts.append(ridge_features(found, post[low:high] - start, tag[low:high]))
        return np.vstack(parts)


def ridge_features(scores: Floats, post: npt.NDArray[np.int64], tag: npt.NDArray[np.int64]) -> Floats:
    """Score, place and distance from the post's best of each candidate, and how far that best is before the second."""
    best = np.sort(scores, axis=1)[:, -2:]
    columns = [scores[post, tag], places(scores, post, tag), gaps(scores, post, tag)]
    return np.column_stack([*columns, (best[:, -1] - best[:, 0])[post]]).astype(np.float32)
