"""Turn scores into probabilities, and learn the words with which people mention a matter only in passing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Matrix = Any  # scipy.sparse.csr_array

# Words of talk about what one does not do oneself. The corpus adds its own; these hold where it is too small to.
PASSING = frozenset(
    """本来 原本 听说 据说 同事 邻居 室友 亲戚 路过 刷到 别人 人家 朋友圈 热搜 安利 劝退 不懂 看不懂 无感 没兴趣 不感兴趣
    算了 作罢 结果 改天 隔壁 科普 梗 蹭 围观 凑热闹 羡慕 陪""".split()  # noqa: SIM905
)
NUMBERS = 6
_UNFITTED = np.array([1.0, 1.5, 0.5, 0.3, 0.0, -1.5], dtype=np.float32)


@dataclass(frozen=True)
class Calibrator:
    """Logistic regression over a score, its lead over the next tag, the number of telling words, and cue words."""

    numbers: Floats  # weight of each number
    intercept: float
    cues: Floats  # weight a feature, 0 for most

    def probabilities(self, numbers: Floats, posts: Matrix, row: NDArray[np.int64]) -> Floats:
        """For (post, tag) pairs: ``numbers`` a row each, ``row`` the post's row in ``posts``."""
        cue = np.asarray(posts @ self.cues)[row]
        # Summed row by row: a BLAS product rounds by how many rows come together, and a post is judged by itself.
        logit = (numbers * self.numbers).sum(axis=1) + cue + self.intercept
        found: Floats = (1.0 / (1.0 + np.exp(-np.clip(logit, -30, 30)))).astype(np.float32)
        return found


def pair_numbers(
    scores: Matrix, hits: Matrix, prior: Floats, passing: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Row, tag and numbers of every (post, tag) with a score.

    The numbers: score, bounded score, lead over the best other tag, telling words, the tag's log share of posts,
    and passing words (``passing`` counts them a post).
    """
    entries = scores.tocsr()
    rows = np.repeat(np.arange(entries.shape[0], dtype=np.int64), np.diff(entries.indptr))
    tags, score = entries.indices.astype(np.int64), entries.data
    best, second, at = _two_best(rows, score, entries.shape[0])
    lead = score - np.where(np.arange(score.size) == at[rows], second[rows], best[rows])
    words = np.asarray(hits[rows, tags]).ravel() if rows.size else np.empty(0)
    numbers = np.column_stack(
        [
            np.minimum(score, 12.0) / 4.0,
            np.minimum(score, 4.0) / 4.0,
            np.clip(lead, -6.0, 6.0) / 4.0,
            np.minimum(words, 3.0),
            np.log(prior[tags]),
            np.minimum(passing[rows], 2.0),
        ]
    )
    return rows, tags, numbers.astype(np.float32)


def _two_best(rows: NDArray[np.int64], score: Floats, count: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Best and second-best score of each row, 0 where there is none, and where the best stands."""
    best, second = np.zeros(count, dtype=np.float32), np.zeros(count, dtype=np.float32)
    at = np.full(count, -1, dtype=np.int64)
    order = np.lexsort((-np.arange(score.size), score, rows))
    ordered = rows[order]
    last = (
        np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) if order.size else np.empty(0, dtype=int)
    )
    best[ordered[last]] = score[order[last]]
    at[ordered[last]] = order[last]
    before = last[(last > 0)]
    before = before[ordered[before - 1] == ordered[before]]
    second[ordered[before]] = score[order[before - 1]]
    return best, second, at


def fit_calibrator(
    numbers: Floats, posts: Matrix, row: NDArray[np.int64], target: Floats, columns: NDArray[np.int64]
) -> Calibrator:
    """Fit to soft targets: the probability of each pair when the author's other posts are known too."""
    from sklearn.linear_model import LogisticRegression

    width = posts.shape[1]
    if row.size < 50 or target.max() - target.min() < 0.2:
        return Calibrator(_UNFITTED, -2.0, np.zeros(width, dtype=np.float32))
    cue = posts[:, columns][row] if columns.size else sparse.csr_array((row.size, 0), dtype=np.float32)
    table = sparse.hstack([sparse.csr_array(numbers), cue * np.float32(0.7)]).tocsr()
    doubled = sparse.vstack([table, table]).tocsr()
    labels = np.repeat([1, 0], row.size)
    weight = np.concatenate([target, 1.0 - target])
    model = LogisticRegression(C=1.0, max_iter=200, tol=1e-3)
    model.fit(doubled, labels, sample_weight=weight)
    learned = model.coef_[0]
    cues = np.zeros(width, dtype=np.float32)
    cues[columns] = learned[NUMBERS:] * 0.7
    return Calibrator(learned[:NUMBERS].astype(np.float32), float(model.intercept_[0]), cues)
