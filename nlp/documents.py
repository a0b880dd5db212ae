"""Texts as sparse rows over a learned vocabulary."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt
from scipy import sparse

Docs = Sequence[Sequence[str]]

# At least two letters or characters, and not only digits.
_WORD = re.compile(r"(?=.*[^\W\d_])\w{2,}")


class Vocabulary:
    """Words in a fixed order, each with its inverse document frequency."""

    def __init__(self, words: list[str], idf: npt.NDArray[np.float32]) -> None:
        self.words = words
        self.idf = np.asarray(idf, dtype=np.float32)

    @cached_property
    def column(self) -> dict[str, int]:
        """Column of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def counts(self, docs: Docs) -> sparse.csr_array:
        """Count the known words of each text: texts x words, float32."""
        find = self.column.get
        lengths = np.fromiter(map(len, docs), dtype=np.int64, count=len(docs))
        columns = np.array([find(word, -1) for word in chain.from_iterable(docs)], dtype=np.int32)
        rows = np.repeat(np.arange(len(docs), dtype=np.int32), lengths)
        known = columns >= 0
        ones = np.ones(int(known.sum()), np.float32)
        shape = (len(docs), len(self.words))
        return sparse.coo_array((ones, (rows[known], columns[known])), shape=shape).tocsr()

    def tfidf(self, docs: Docs) -> sparse.csr_array:
        """Weigh each text's words by (1 + log count) x idf, rows of length 1: texts x words, float32."""
        weights = self.counts(docs)
        weights.data = (1.0 + np.log(weights.data)) * self.idf[weights.indices]
        rows = np.repeat(np.arange(len(docs)), np.diff(weights.indptr))
        length = np.sqrt(np.bincount(rows, weights.data.astype(np.float64) ** 2, minlength=len(docs)))
        weights.data = (weights.data / np.where(length > 0, length, 1.0)[rows]).astype(np.float32)
        return weights


def learn_vocabulary(docs: Docs, keep: int = 8000) -> Vocabulary:
    """Take the words to be learned from: neither too rare nor in more than a tenth of the texts.

    gensim's Dictionary counts, its TfidfModel gives the inverse document frequencies.
    """
    from gensim.corpora import Dictionary
    from gensim.models import TfidfModel

    dictionary = Dictionary(docs)
    dictionary.filter_tokens(
        bad_ids=[n for word, n in dictionary.token2id.items() if not _WORD.fullmatch(word)]
    )
    rare = int(np.clip(len(docs) // 4000, 2, 8))
    dictionary.filter_extremes(no_below=rare, no_above=0.1 if len(docs) >= 2000 else 0.3, keep_n=keep)
    words = sorted(dictionary.token2id)
    idfs = TfidfModel(dictionary=dictionary).idfs if words else {}
    return Vocabulary(words, np.array([idfs[dictionary.token2id[word]] for word in words], np.float32))


def distinct_sample(docs: Docs, size: int, seed: int) -> list[tuple[str, ...]]:
    """Take at most `size` different texts at random; a template posted a thousand times is one text."""
    distinct = list(dict.fromkeys(map(tuple, docs)))
    if len(distinct) <= size:
        return distinct
    chosen = np.random.default_rng(seed).choice(len(distinct), size, replace=False)
    chosen.sort()
    return [distinct[place] for place in chosen.tolist()]
