"""What a title says beside its first heat: linear readings over sequences of its characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Matrix = Any  # scipy.sparse.csr_matrix

LEAST_TITLES = 12  # titles that a sequence must be in, fewer where there are few topics
CATEGORIES = 14  # the most frequent ones, which are most of all topics


def title_grams(titles: Sequence[str]) -> TfidfVectorizer:
    """Learn which sequences of one to three characters are common enough to be read."""
    least = int(np.clip(len(titles) // 5_000, 2, LEAST_TITLES))
    return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=least, sublinear_tf=True).fit(titles)


@dataclass(frozen=True, slots=True)
class Answers:
    """What titles are read for, a row each: whether the topic became big, its peak, and categories where known.

    `categories` holds a column a category, 1 where it is the topic's; all 0 where the source gives none.
    """

    became: Flags
    peak: Floats
    categories: Floats

    def at(self, rows: Ints) -> Answers:
        """Those of some rows."""
        return Answers(self.became[rows], self.peak[rows], self.categories[rows])


def category_columns(categories: Sequence[str | None]) -> Floats:
    """The most frequent categories (the part before a dash) as columns."""
    plain = [(name or "").partition("-")[0] for name in categories]
    common = [name for name, _ in Counter(filter(None, plain)).most_common(CATEGORIES)]
    return np.array([[float(name == one) for one in common] for name in plain]).reshape(
        len(plain), len(common)
    )


@dataclass(frozen=True, slots=True)
class TitleReading:
    """Weights of the sequences, learned on past topics and then read of the title alone.

    The first reading is the log odds of becoming big (logistic regression), the second the log of the peak (ridge), both
    learned together with the numbers of the hour: what the title adds to what heat, place and hour explain. The others
    tell the category that editors would give it (ridge).
    """

    weights: Floats  # sequences x readings

    @classmethod
    def learn(cls, grams: Matrix, hour: Floats, answers: Answers) -> TitleReading:
        """`grams` and `hour` (the numbers of the hour, already on one scale) a row each topic."""
        both = sparse.hstack([sparse.csr_matrix(hour), grams]).tocsr()
        odds = LogisticRegression(C=0.5, solver="liblinear", tol=1e-2).fit(both, answers.became)
        level = Ridge(alpha=5.0, solver="sparse_cg", tol=1e-3).fit(both, np.log(answers.peak))
        skipped = hour.shape[1]
        columns = [odds.coef_[0][skipped:], np.ravel(level.coef_)[skipped:]]
        named = np.flatnonzero(answers.categories.any(axis=1))
        if len(named):
            kinds = Ridge(alpha=2.0, solver="sparse_cg", tol=1e-2, max_iter=30)
            kinds.fit(grams[named], answers.categories[named])
            columns += list(np.atleast_2d(kinds.coef_))
        return cls(np.column_stack(columns))

    def read(self, grams: Matrix) -> Floats:
        """All readings of each title: titles x readings."""
        return np.asarray(grams @ self.weights)


def read_apart(grams: Matrix, hour: Floats, answers: Answers, blocks: int) -> Floats:
    """Readings of each title by weights that were learned without its stretch of time: titles x readings."""
    rows = np.arange(grams.shape[0])
    parts = []
    for block in np.array_split(rows, blocks):
        others = np.setdiff1d(rows, block)
        parts.append(TitleReading.learn(grams[others], hour[others], answers.at(others)).read(grams[block]))
    return np.concatenate(parts)
