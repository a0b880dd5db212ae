"""Categories of hot topics, learned from those that a source gave one: what the others would have been given."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from nlp.listed_topics import numbers
from nlp.segment import Segmenter
from nlp.topic_texts import TopicTexts, texts_of

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
LEAST_TOPICS = 500  # with a category, to learn from
LEAST_OF_CLASS = 20
CHECKED = 0.2  # latest part of the topics with a category, on which a first fit is checked
_NETWORKS = 5
_HALF_LIFE = 400.0  # days after which a topic counts half: editors change their ways
_MARGIN = 2.0  # weight of the linear margins beside the log chances
_PASSES = 600_000  # rows that a network sees in all, between 4 and 20 times the topics
_LEAST_CHANCE = 1e-6


class TooFewCategoriesError(ValueError):
    """Too few topics with a category, or too few categories, to learn from."""


@dataclass(frozen=True, slots=True)
class CategoryCheck:
    """How a model that had not seen them judged the latest fifth of the topics with a category."""

    since: datetime
    topics: int
    right: int
    usual: float  # share of the most frequent category among them: what a guess gets right

    @property
    def accuracy(self) -> float:
        """Share judged as the source did."""
        return self.right / self.topics


class TopicCategories:
    """The category that a source would give a topic, with its chance.

    Two kinds of judge are added up: a linear SVM over sequences of 1 to 3 characters, and small neural networks over
    word vectors, latent dimensions and the numbers of the list. Vectors and dimensions are learned from all
    topics, with or without a category. Chances are calibrated by one temperature (C. Guo et al., "On Calibration of Modern
    Neural Networks", ICML 2017) on topics later than those learned from.

    Learned: ``classes``, ``check``, ``until`` (the first hour of the latest topic learned from), ``topics`` (how many).
    """

    def __init__(self, segmenter: Segmenter | None = None, seed: int = 7) -> None:
        self.seed = seed
        self._texts = TopicTexts(segmenter or Segmenter(), seed)

    def fit(self, topics: pl.DataFrame) -> Self:
        """Learn from topics as :func:`nlp.listed_topics.listed_topics` gives them. Raises TooFewCategoriesError."""
        counts = topics["category"].drop_nulls().value_counts().filter(pl.col("count") >= LEAST_OF_CLASS)
        self.classes = sorted(counts["category"].to_list())
        named = topics.filter(pl.col("category").is_in(self.classes)).sort("first", "term")
        if named.height < LEAST_TOPICS or len(self.classes) < 2:
            raise TooFewCategoriesError(
                f"{named.height:,} topics in {len(self.classes)} categories are too few to learn from"
            )
        self._texts.fit(topics)
        place = {name: at for at, name in enumerate(self.classes)}
        labels = np.array([place[name] for name in named["category"]])
        table, days = self._table(named), named["first"].dt.timestamp("ms").to_numpy() / 86_400_000
        self._heat = 1.0
        early = int(named.height * (1 - CHECKED))
        first = _Judges(self.seed).fit(_joined(named[:early]), table[:early], labels[:early], days[:early])
        scores = first.scores(_joined(named[early:]), table[early:], len(self.classes))
        self._heat = _temperature(scores, labels[early:])
        usual = float(np.bincount(labels[early:]).max() / (named.height - early))
        right = int((scores.argmax(axis=1) == labels[early:]).sum())
        self.check = CategoryCheck(named["first"][early], named.height - early, right, usual)
        self._judges = _Judges(self.seed).fit(_joined(named), table, labels, days)
        self.topics, self.until = named.height, named["first"][-1]
        return self

    def chances(self, topics: pl.DataFrame) -> Floats:
        """Topics x ``classes``: how likely each category is."""
        if topics.is_empty():
            return np.zeros((0, len(self.classes)), np.float32)
        scores = self._judges.scores(_joined(topics), self._table(topics), len(self.classes))
        return _softmax(scores * self._heat)

    def judge(self, topics: pl.DataFrame) -> pl.DataFrame:
        """term, category, probability: the likeliest category of each topic, in the order given."""
        chances = self.chances(topics)
        best = chances.argmax(axis=1)
        return topics.select(
            "term",
            pl.Series("category", [self.classes[at] for at in best], dtype=pl.String),
            pl.Series("probability", chances.max(axis=1, initial=0.0), dtype=pl.Float32),
        )

    def _table(self, topics: pl.DataFrame) -> Floats:
        return np.hstack([self._texts.transform(topics), numbers(topics)])


class _Judges:
    """The SVM and the networks, learned from the same topics."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, texts: list[str], table: Floats, labels: Ints, days: npt.NDArray[np.float64]) -> Self:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.neural_network import MLPClassifier
        from sklearn.svm import LinearSVC
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        self.present = np.unique(labels)
        self._grams: Any = TfidfVectorizer(
            analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True, dtype=np.float32
        )
        rows = self._grams.fit_transform(texts)
        weight = 0.5 ** ((days.max() - days) / _HALF_LIFE)
        passes = int(np.clip(_PASSES // len(labels), 4, 20))
        # One thread: the sums of several threads differ by run, and on a busy machine they wait for each other.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._svm = LinearSVC(C=0.2, tol=1e-2, max_iter=300, random_state=self.seed).fit(rows, labels)
            self._networks = [
                MLPClassifier(
                    (256, 64),
                    batch_size=min(512, len(labels)),
                    max_iter=passes,
                    learning_rate_init=1.5e-3,
                    alpha=1e-3,
                    random_state=self.seed + one,
                ).fit(table, labels, sample_weight=weight / weight.mean())
                for one in range(_NETWORKS)
            ]
        return self

    def scores(self, texts: list[str], table: Floats, classes: int) -> Floats:
        """Topics x classes; a class that was not learned scores lowest."""
        margins = self._svm.decision_function(self._grams.transform(texts))
        if margins.ndim == 1:
            margins = np.column_stack([-margins, margins])
        logs = [np.log(one.predict_proba(table) + _LEAST_CHANCE) for one in self._networks]
        found = np.mean(logs, axis=0) + _MARGIN * margins
        scores = np.full((len(texts), classes), found.min(initial=0.0) - 1.0, np.float32)
        scores[:, self.present] = found
        return scores


def _joined(topics: pl.DataFrame) -> list[str]:
    titles, described = texts_of(topics)
    return [f"{one} {two}" for one, two in zip(titles, described, strict=True)]


def _temperature(scores: Floats, labels: Ints) -> float:
    """The factor on scores with which their chances are likeliest, of a few between a twentieth and 2."""
    rows = np.arange(len(labels))

    def surprise(heat: float) -> float:
        return float(-np.log(_softmax(scores * heat)[rows, labels] + _LEAST_CHANCE).mean())

    return min((float(heat) for heat in np.geomspace(0.05, 2.0, 30)), key=surprise)


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return chances
