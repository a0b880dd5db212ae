"""The factors behind topics: words x words or texts x words into topics x words, by the method chosen."""

from __future__ import annotations

import warnings
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from nlp.cooccurrence import Pairs, word_affinity
from nlp.documents import Docs, Vocabulary

Floats = npt.NDArray[np.float32]
Method = Literal["affinity-nmf", "gensim-nmf", "gensim-lda"]
METHODS: tuple[Method, ...] = get_args(Method)
TOP_WORDS = 10  # by how many words a topic is shown and its coherence measured


def factorised(
    method: Method, vocabulary: Vocabulary, sample: Docs, pairs: Pairs, size: int, seed: int
) -> Floats:
    """Topics x words: ``size`` topics, fewer where the texts have too few words or are too few themselves."""
    size = min(size, len(vocabulary.words) // 3, len(sample))
    if size < 1:
        return np.zeros((0, len(vocabulary.words)), np.float32)
    if method != "affinity-nmf":
        from nlp.gensim_topics import gensim_factors

        return gensim_factors(method, vocabulary, sample, size, seed)
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    factors = NMF(size, init="nndsvda", max_iter=30, tol=1e-3, random_state=seed)
    # One thread: these products are small, and several threads add in another order each time.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        factors.fit(word_affinity(pairs, least=2 if len(sample) < 2000 else 3))
    return np.asarray(factors.components_, dtype=np.float32)


def top_words(factors: Floats) -> list[npt.NDArray[np.int64]]:
    """The columns of each topic's heaviest words, heaviest first."""
    return [np.argsort(-row, kind="stable")[:TOP_WORDS] for row in factors]


def worth_keeping(
    factors: Floats, top: list[npt.NDArray[np.int64]], coherence: npt.NDArray[np.float64], drop: bool
) -> list[int]:
    """Say which topics to keep: not empty, and where `drop`, coherent and sharing few words with a better one."""
    seen: list[set[int]] = []
    good: list[int] = []
    for row in np.argsort(-coherence, kind="stable").tolist():
        words = set(top[row].tolist())
        doubled = any(len(words & other) > TOP_WORDS // 2 for other in seen)
        if factors[row].any() and not (drop and (coherence[row] <= 0 or doubled)):
            seen.append(words)
            good.append(row)
    return sorted(good)
