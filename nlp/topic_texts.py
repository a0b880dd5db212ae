"""Hot topics as vectors: of their words, and of latent dimensions of characters and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from nlp.normalise import normalise_all
from nlp.segment import Segmenter
from nlp.vectors import WordVectors

Floats = npt.NDArray[np.float32]
_LATENT = 150  # dimensions
_DRAWN = 70_000  # topics that the latent dimensions are found from
_LEAST = 8  # topics that a latent dimension's n-gram is in, fewer where there are few topics
_SCALE = 8.0  # of unit vectors, which have small numbers: a network learns from numbers near 1


class TopicTexts:
    """Topics as rows of numbers by what they say, learned without any label: names that only ever stood beside others
    get a meaning by these.

    S. Deerwester et al., "Indexing by Latent Semantic Analysis", 1990, and :class:`nlp.vectors.WordVectors`, side by side.
    """

    def __init__(self, segmenter: Segmenter, seed: int = 7) -> None:
        self.segmenter = segmenter
        self.seed = seed

    def fit(self, topics: pl.DataFrame) -> Self:
        """Learn from topics with term and description."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        titles, described = texts_of(topics)
        title_words, described_words = self._words(titles), self._words(described)
        self._vectors = WordVectors.fit(
            [[*one, *two] for one, two in zip(title_words, described_words, strict=True)], seed=self.seed
        )
        least = int(np.clip(len(titles) // 10_000, 1, _LEAST))
        settings: Any = {"sublinear_tf": True, "min_df": least, "dtype": np.float32}
        self._characters: Any = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), **settings).fit(titles)
        self._terms: Any = TfidfVectorizer(analyzer=list, **settings).fit(
            [[*one, *two] for one, two in zip(title_words, described_words, strict=True)]
        )
        step = -(-len(titles) // _DRAWN)
        table = self._table(titles[::step], title_words[::step], described_words[::step])
        size = max(1, min(_LATENT, min(table.shape) - 1))
        self._latent: Any = TruncatedSVD(size, n_iter=2, random_state=self.seed).fit(table)
        return self

    def transform(self, topics: pl.DataFrame) -> Floats:
        """Topics x dimensions; a row depends on its own topic alone."""
        titles, described = texts_of(topics)
        title_words, described_words = self._words(titles), self._words(described)
        latent = self._latent.transform(self._table(titles, title_words, described_words))
        latent /= np.maximum(np.linalg.norm(latent, axis=1, keepdims=True), 1e-9)
        by_words = (self._vectors.posts(title_words), self._vectors.posts(described_words))
        return np.hstack([*by_words, latent]).astype(np.float32) * np.float32(_SCALE)

    def _words(self, texts: Sequence[str]) -> list[list[str]]:
        return self.segmenter.cut_all(texts)

    def _table(
        self, titles: Sequence[str], title_words: Sequence[list[str]], described_words: Sequence[list[str]]
    ) -> Any:
        words = [[*one, *two] for one, two in zip(title_words, described_words, strict=True)]
        return sparse.hstack([self._terms.transform(words), self._characters.transform(titles)]).tocsr()


def texts_of(topics: pl.DataFrame) -> tuple[list[str], list[str]]:
    """Titles and descriptions in lower case; a description that only says the title again is empty."""
    titles, described = (
        [text.lower() for text in normalise_all(topics[name].to_list())] for name in ("term", "description")
    )
    return titles, ["" if one == title else one for one, title in zip(described, titles, strict=True)]
