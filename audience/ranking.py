"""Ways to order everybody by likeness to some seeds. All are linear, so that each score is a sum of reasons.

- ``centroid``: cosine with the seeds' mean, less everybody's mean (J. Rocchio, relevance feedback, 1971).
- ``logistic``: seeds against everybody else as if they were negatives, the classes balanced: with seeds chosen at random
  its order is that of the true classifier (C. Elkan and K. Noto, "Learning classifiers from only positive and unlabeled
  data", KDD 2008).
- ``embedding``: the same in the space of the leading singular vectors (S. Deerwester et al., latent semantic analysis,
  1990), where features that go together speak for one another: what helps when seeds are few.
- ``grown``: the embedding, fitted again with the people nearest to the seeds taken for seeds too, at first as many as
  there are seeds, then twice and four times as many (self-training; D. Yarowsky, ACL 1995). Few seeds then reach the
  words and accounts that only their like, not they themselves, were seen with.
- ``ensemble``: the mean of the four, each put on one scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
METHODS = ("centroid", "logistic", "embedding", "grown", "ensemble")
DIMENSIONS = 150
_C_LOGISTIC = 10.0
_C_EMBEDDING = 0.003
_GROWTH = (1, 2, 4)
_SEED = 7


@dataclass(frozen=True)
class Ranker:
    """Everybody's scores, standardised over everybody, and the weight of each feature in them."""

    scores: Floats
    weights: Floats


class Space:
    """A feature matrix with what does not depend on the seeds worked out once."""

    def __init__(self, matrix: sparse.csr_matrix) -> None:
        self.matrix = matrix
        norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float64)).ravel()
        norms[norms == 0] = 1.0
        self.unit = sparse.csr_matrix(sparse.diags_array(1.0 / norms) @ matrix)
        self.mean = np.asarray(self.unit.mean(axis=0), dtype=np.float64).ravel()
        axes = _leading_axes(self.unit)
        embedded = np.asarray(self.unit @ axes, dtype=np.float64)
        scale = embedded.std(axis=0)
        scale[scale == 0] = 1.0
        self.axes = axes / scale
        self.embedded = embedded / scale

    def rank(self, method: str, seeds: Bools) -> Ranker:
        """Order everybody by likeness to the rows that ``seeds`` marks, by one of METHODS."""
        if method == "ensemble":
            return self.all(seeds)[method]
        weights: Floats = getattr(self, f"_{method}")(seeds)
        return self.ranker(weights)

    def all(self, seeds: Bools) -> dict[str, Ranker]:
        """Every method's order, each fitted once."""
        parts = {name: self.rank(name, seeds) for name in METHODS[:-1]}
        parts["ensemble"] = self.ranker(np.mean([part.weights for part in parts.values()], axis=0))
        return parts

    def ranker(self, weights: Floats) -> Ranker:
        """Scores of given feature weights, both put on the scale of everybody's scores."""
        scores = np.asarray(self.unit @ weights, dtype=np.float64)
        spread = float(scores.std()) or 1.0
        return Ranker((scores - scores.mean()) / spread, weights / spread)

    def _centroid(self, seeds: Bools) -> Floats:
        centre = np.asarray(self.unit[np.flatnonzero(seeds)].mean(axis=0), dtype=np.float64).ravel()
        return centre - self.mean

    def _logistic(self, seeds: Bools) -> Floats:
        return _fit(self.unit, seeds, _C_LOGISTIC)

    def _embedding(self, seeds: Bools) -> Floats:
        return np.asarray(self.axes @ _fit(self.embedded, seeds, _C_EMBEDDING), dtype=np.float64)

    def _grown(self, seeds: Bools) -> Floats:
        inner = _fit(self.embedded, seeds, _C_EMBEDDING)
        for times in _GROWTH:
            scores = np.where(seeds, -np.inf, self.embedded @ inner)
            # Never more than half of everybody: the rest is what the seeds are told apart from.
            more = min(times * int(seeds.sum()), len(seeds) // 2)
            grown = seeds.copy()
            grown[np.argpartition(-scores, more - 1)[:more]] = True
            inner = _fit(self.embedded, grown, _C_EMBEDDING)
        return np.asarray(self.axes @ inner, dtype=np.float64)


def _leading_axes(unit: sparse.csr_matrix) -> Floats:
    """The leading right singular vectors: features x at most DIMENSIONS."""
    from sklearn.utils.extmath import randomized_svd

    size = min(DIMENSIONS, min(unit.shape) - 1)
    if size < 1:
        return np.zeros((unit.shape[1], 1))
    with threadpool_limits(1):
        _, _, right = randomized_svd(unit.astype(np.float32), n_components=size, n_iter=2, random_state=_SEED)
    return np.asarray(right.T, dtype=np.float64)


def _fit(rows: sparse.csr_matrix | Floats, seeds: Bools, c: float) -> Floats:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, class_weight="balanced", solver="lbfgs", max_iter=40, tol=1e-3)
    # These matrices are small: more threads only wait for one another, worst where the cores are busy.
    with threadpool_limits(1), warnings.catch_warnings():
        # The order of people settles long before the last digit of the weights does.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows, seeds)
    return np.asarray(model.coef_[0], dtype=np.float64)
