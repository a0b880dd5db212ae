"""Word vectors learned from posts themselves, and vectors of whole posts made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
COMMON = 3e-4  # the rate at which a word's weight in a post's vector is halved
LARGE = 1_000_000  # words from which common ones may be left out more often
FEWEST = 3  # posts' worth of occurrences from which a word has a vector


class WordVectors:
    """Skip-gram vectors (T. Mikolov et al., "Distributed Representations of Words and Phrases", NIPS 2013), by gensim.

    ``vectors`` has a unit row for each of ``words``; their common part, the mean, is taken out.
    """

    def __init__(self, words: Sequence[str], vectors: Floats, counts: NDArray[np.int64]) -> None:
        self.column = {word: at for at, word in enumerate(words)}
        centred = vectors - vectors.mean(axis=0)
        self.vectors: Floats = _unit(centred)
        rate = counts / max(1, counts.sum())
        self._weight = (COMMON / (COMMON + rate)).astype(np.float32)

    @classmethod
    def fit(
        cls,
        docs: Sequence[Sequence[str]],
        size: int = 128,
        window: int = 10,
        epochs: int = 5,
        seed: int = 7,
        workers: int = 1,
    ) -> WordVectors:
        """Learn from posts as lists of words; the same for the same seed with one worker."""
        from gensim.models import Word2Vec

        model = Word2Vec(
            docs,
            vector_size=size,
            window=window,
            epochs=epochs,
            seed=seed,
            workers=workers,
            sg=1,
            min_count=FEWEST,
            sample=1e-4 if sum(map(len, docs)) > LARGE else 1e-3,
        )
        words = model.wv.index_to_key
        counts = np.array([model.wv.get_vecattr(word, "count") for word in words], dtype=np.int64)
        return cls(words, np.asarray(model.wv.vectors, dtype=np.float32), counts)

    def posts(self, docs: Sequence[Sequence[str]]) -> Floats:
        """A unit vector a post, zeros where none of its words has one: the mean of its words, rare ones counting more.

        S. Arora, Y. Liang, T. Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR 2017.
        """
        lengths = np.fromiter(map(len, docs), dtype=np.int64, count=len(docs))
        ids = np.fromiter(
            (self.column.get(word, -1) for word in chain.from_iterable(docs)), np.int64, int(lengths.sum())
        )
        rows = np.repeat(np.arange(len(docs)), lengths)
        known = ids >= 0
        weights = self._weight[ids[known]]
        shape = (len(docs), len(self.column))
        table = sparse.csr_array((weights, (rows[known], ids[known])), shape=shape)
        return _unit(np.asarray(table @ self.vectors, dtype=np.float32))

    def centre(self, words: Iterable[str]) -> Floats:
        """The unit mean of some words' vectors, zeros where none has one."""
        ids = [self.column[word] for word in words if word in self.column]
        mean = self.vectors[ids].mean(axis=0) if ids else np.zeros(self.vectors.shape[1], dtype=np.float32)
        centre: Floats = _unit(mean[None, :])[0]
        return centre


def _unit(rows: Floats) -> Floats:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = (rows / np.maximum(norms, 1e-9)).astype(np.float32)
    return unit
