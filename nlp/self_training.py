"""Classes of posts from seed words alone, no post labelled: seeds, then likeness, then all words by self-training.

Seed words and the likeness of post and seeds in word vectors give each post a first guess; expectation-maximisation with
a multinomial naive Bayes model, which is linear in the words, then learns from the guesses of all posts which words and
pairs of characters tell a class, and guesses again (K. Nigam et al., "Text Classification from Labeled and Unlabeled
Documents using EM", Machine Learning 39, 2000; weak seeds as in Y. Meng et al., "Weakly-Supervised Neural Text
Classification", CIKM 2018). What all posts came to be then teaches a :class:`nlp.kernels.KernelClassifier`, which
judges posts that were not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlp.kernels import MOST, KernelClassifier
from nlp.vectors import WordVectors

Floats = NDArray[np.float32]
ROUNDS = 8
SEED_HITS = 2  # seed words of a class that count at most
FIRST_HEAT = 0.6  # temperature of the first guess
DAMPED = 0.35  # words of a post are no independent witnesses: share of their evidence that counts
SMOOTH = 50.0
LEAST_POSTS = 2
RIDGE = 1.0  # the guesses that the kernel learns from are not sure


class SelfTrained:
    """One class for each post, out of classes that only have seed words.

    ``seeds`` maps class to words, lower case; a seed counts wherever a post's text holds it. After :meth:`fit`,
    :meth:`predict` is a function of one post and the model. ``seed`` draws the posts where there are more than the
    kernel takes.
    """

    def __init__(self, seeds: Mapping[str, Sequence[str]], seed: int = 7) -> None:
        self.seed = seed
        self.classes = tuple(seeds)
        self.seeds = {name: tuple(word.lower() for word in words) for name, words in seeds.items()}

    def fit(self, docs: Sequence[Sequence[str]], vectors: WordVectors) -> Self:
        """Learn from posts as lists of words, in lower case, with the vectors of those words."""
        self._vectors = vectors
        self._centres = np.vstack([vectors.centre(self.seeds[name]) for name in self.classes])
        likeness = self._likeness(docs)
        self._mean, self._spread = likeness.mean(axis=0), np.maximum(likeness.std(axis=0), 1e-6)
        share = _expected(docs, _softmax(self._first(docs) / FIRST_HEAT))
        drawn = np.sort(np.random.default_rng(self.seed).permutation(len(docs))[:MOST])
        some = [docs[at] for at in drawn]
        self._judge = KernelClassifier(RIDGE).fit(_texts(some), vectors.posts(some), share[drawn])
        return self

    def predict(self, docs: Sequence[Sequence[str]]) -> Floats:
        """Posts x classes: the share of each class that is expected, 0 to 1."""
        return np.clip(self._judge.scores(_texts(docs), self._vectors.posts(docs)), 0.0, 1.0)

    def _first(self, docs: Sequence[Sequence[str]]) -> Floats:
        texts = _texts(docs)
        hits = np.array(
            [[sum(seed in text for seed in self.seeds[name]) for name in self.classes] for text in texts],
            dtype=np.float32,
        ).reshape(len(docs), len(self.classes))
        like = (self._likeness(docs) - self._mean) / self._spread
        first: Floats = (np.minimum(hits, SEED_HITS) + like).astype(np.float32)
        return first

    def _likeness(self, docs: Sequence[Sequence[str]]) -> Floats:
        return np.asarray(self._vectors.posts(docs) @ self._centres.T, dtype=np.float32)


def _expected(docs: Sequence[Sequence[str]], share: Floats) -> Floats:
    """Expectation-maximisation from a first guess (posts x classes) to what the posts' words make of it."""
    from sklearn.feature_extraction.text import CountVectorizer

    least = min(LEAST_POSTS, max(1, len(docs) // 2))
    counter: Any = CountVectorizer(analyzer=_parts, min_df=least, binary=True, dtype=np.float32)
    table = counter.fit_transform(docs)
    everywhere = np.asarray(table.sum(axis=0)).ravel() / table.sum()
    for _ in range(ROUNDS):
        told = np.asarray(table.T @ share) + SMOOTH * everywhere[:, None]
        told /= told.sum(axis=0)
        weights = (np.log(told / everywhere[:, None]) * DAMPED).astype(np.float32)
        share = _softmax(table @ weights)
    return share


def _texts(docs: Sequence[Sequence[str]]) -> list[str]:
    return ["".join(doc) for doc in docs]


def _parts(doc: Sequence[str]) -> Iterator[str]:
    """Words, and pairs of neighbouring characters, which stand for words that the dictionary does not know."""
    yield from doc
    text = "".join(doc)
    yield from (f"_{text[at : at + 2]}" for at in range(len(text) - 1))


def _softmax(scores: Any) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    share: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return share
