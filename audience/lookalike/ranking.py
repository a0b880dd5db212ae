"""Ways to order everybody by likeness to some seeds. All are linear, so that each score is a sum of reasons.

- ``centroid``: cosine with the seeds' mean, less everybody's mean (J. Rocchio, relevance feedback, 1971).
- ``logistic``: seeds against a sample of everybody else as if they were negatives, the classes balanced: with seeds chosen
  at random its order is that of the true classifier (C. Elkan and K. Noto, "Learning classifiers from only positive and
  unlabeled data", KDD 2008). Beside the features it sees how much is known of a person, in steps, since people of one
  kind may say or follow more than others.
- ``embedding``: the same in the space of the leading singular vectors (S. Deerwester et al., latent semantic analysis,
  1990), where features that go together speak for one another: what helps when seeds are few.
- ``neighbours``: cosine with the seeds' mean in that space, the usual use of user factors (Y. Hu, Y. Koren and
  C. Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008).
- ``grown``: the embedding, fitted again with the people nearest to the seeds taken for seeds too, at first as many as
  there are seeds, then twice and four times as many (self-training; D. Yarowsky, ACL 1995). Few seeds then reach the
  words and accounts that only their like, not they themselves, were seen with.
- ``ensemble``: the mean of ``centroid``, ``logistic`` and ``embedding``, each put on one scale.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

Floats: TypeAlias = NDArray[np.float64]
Singles: TypeAlias = NDArray[np.float32]
Bools: TypeAlias = NDArray[np.bool_]
METHODS = ("centroid", "logistic", "embedding", "neighbours", "grown", "ensemble")
_TOGETHER = ("centroid", "logistic", "embedding")
DIMENSIONS = 150
# Of a million people 64 single-precision dimensions are a quarter of a gigabyte.
_DIMENSIONS_OF_MANY = 64
_MANY = 200_000
# Steps of how many features a person has: each number by itself up to 16, then by powers of two.
BREADTHS = (*range(17), 32, 64, 128, 256, 512, 1024)
_SAMPLE = 20_000
_SAMPLE_A_SEED = 10
# Inverse strength of the penalty, for each seed.
_C_LOGISTIC = 10.0
_C_EMBEDDING = 0.01
# How much a step of breadth weighs beside dimensions of spread 1.
_STEP = 3.0
_GROWTH = (1, 2, 4)
_FEW = 300
_SEED = 7


def methods_for(seeds: int) -> tuple[str, ...]:
    """The methods worth trying: many seeds need nobody taken for a seed too."""
    return METHODS if seeds < _FEW else tuple(method for method in METHODS if method != "grown")


@dataclass(frozen=True)
class Ranker:
    """Everybody's scores, standardised over everybody, and the weight of each column of ``Space.rows`` in them."""

    scores: Floats
    weights: Floats


class Space:
    """A feature matrix with what does not depend on the seeds worked out once.

    ``rows`` is people x columns: the features with each row of length 1, then one column for each step of ``BREADTHS``.
    ``axes`` (features x dimensions) may be given where they were worked out before.
    """

    def __init__(self, matrix: sparse.csr_matrix, axes: Singles | None = None) -> None:
        unit = unit_rows(matrix)
        self.features = int(unit.shape[1])
        self.rows = sparse.csr_matrix(sparse.hstack([unit, _breadth(unit)], format="csr"), dtype=np.float32)
        self.mean = np.asarray(self.rows.mean(axis=0), dtype=np.float64).ravel()
        self.axes = leading_axes(unit) if axes is None else axes
        embedded = np.asarray(unit @ self.axes, dtype=np.float32)
        self.lengths = np.sqrt(np.einsum("ij,ij->i", embedded, embedded))
        self.lengths[self.lengths == 0] = 1.0
        self.scale = embedded.std(axis=0)
        self.scale[self.scale == 0] = 1.0
        embedded /= self.scale
        self.embedded = embedded

    def rank(self, method: str, seeds: Bools, among: Bools | None = None) -> Ranker:
        """Order everybody by likeness to the rows that ``seeds`` marks, by one of METHODS.

        ``among``: who the seeds are told apart from; default: everybody else.
        """
        return self.several([method], seeds, among)[method]

    def several(self, methods: Iterable[str], seeds: Bools, among: Bools | None = None) -> dict[str, Ranker]:
        """The orders by several methods, each part fitted once."""
        wanted = list(methods)
        sample = self._sample(seeds, among)
        fitted = dict.fromkeys([*wanted, *(_TOGETHER if "ensemble" in wanted else ())])
        weights = {name: self._fitted(name, seeds, sample) for name in fitted if name != "ensemble"}
        if "ensemble" in wanted:
            rows = self.rows[sample]
            parts = (weights[name] / (float((rows @ weights[name]).std()) or 1.0) for name in _TOGETHER)
            weights["ensemble"] = np.mean(list(parts), axis=0)
        return {
            name: self.ranker(weights[name], self.lengths if name == "neighbours" else None)
            for name in wanted
        }

    def ranker(self, weights: Floats, lengths: Singles | None = None) -> Ranker:
        """Scores of given weights of the columns, both put on the scale of everybody's scores."""
        scores = np.asarray(self.rows @ weights.astype(np.float32), dtype=np.float64)
        if lengths is not None:
            scores /= lengths
        spread = float(scores.std()) or 1.0
        return Ranker((scores - scores.mean()) / spread, weights / spread)

    def _fitted(self, method: str, seeds: Bools, sample: NDArray[np.int64]) -> Floats:
        fit = {
            "centroid": self._centroid,
            "logistic": self._logistic,
            "embedding": self._embedding,
            "neighbours": self._neighbours,
            "grown": self._grown,
        }
        return fit[method](seeds, sample)

    def _sample(self, seeds: Bools, among: Bools | None) -> NDArray[np.int64]:
        """The rows to learn from: all seeds, and a part of the others by chance where they are many."""
        others = np.flatnonzero(~seeds if among is None else among & ~seeds)
        most = max(_SAMPLE, _SAMPLE_A_SEED * int(seeds.sum()))
        if len(others) > most:
            others = np.random.default_rng(_SEED).choice(others, most, replace=False)
        return np.sort(np.concatenate([np.flatnonzero(seeds), others]))

    def _centroid(self, seeds: Bools, sample: NDArray[np.int64]) -> Floats:
        del sample
        centre = np.asarray(self.rows[np.flatnonzero(seeds)].mean(axis=0), dtype=np.float64).ravel()
        centre -= self.mean
        centre[self.features :] = 0.0
        return centre

    def _logistic(self, seeds: Bools, sample: NDArray[np.int64]) -> Floats:
        return _fit(self.rows[sample], seeds[sample], _C_LOGISTIC)

    def _embedding(self, seeds: Bools, sample: NDArray[np.int64]) -> Floats:
        return self._out(_fit(self._dense(sample), seeds[sample], _C_EMBEDDING))

    def _neighbours(self, seeds: Bools, sample: NDArray[np.int64]) -> Floats:
        del sample
        centre = self.embedded[np.flatnonzero(seeds)].mean(axis=0)
        return self._out(centre * self.scale**2)

    def _grown(self, seeds: Bools, sample: NDArray[np.int64]) -> Floats:
        weights = self._embedding(seeds, sample)
        for times in _GROWTH:
            scores = np.where(seeds, -np.inf, self.rows @ weights.astype(np.float32))
            # Never more than half of everybody: the rest is what the seeds are told apart from.
            more = min(times * int(seeds.sum()), len(seeds) // 2)
            grown = seeds.copy()
            grown[np.argpartition(-scores, more - 1)[:more]] = True
            weights = self._embedding(grown, np.union1d(sample, np.flatnonzero(grown)))
        return weights

    def _dense(self, sample: NDArray[np.int64]) -> Singles:
        """The dimensions of some people, and their steps of breadth."""
        return np.hstack([self.embedded[sample], self.rows[sample, self.features :].toarray() * _STEP])

    def _out(self, inner: Floats | Singles) -> Floats:
        """Weights of dimensions, and of steps where they are with them, as weights of the columns."""
        outer = np.zeros(self.rows.shape[1])
        size = len(self.scale)
        outer[: self.features] = self.axes @ (inner[:size] / self.scale)
        if len(inner) > size:
            outer[self.features :] = inner[size:] * _STEP
        return outer


def unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """The matrix in single precision, each row of length 1."""
    single = sparse.csr_matrix(matrix, dtype=np.float32)
    norms = np.sqrt(np.asarray(single.multiply(single).sum(axis=1), dtype=np.float32)).ravel()
    norms[norms == 0] = 1.0
    return sparse.csr_matrix(sparse.diags_array(1.0 / norms) @ single, dtype=np.float32)


def _breadth(unit: sparse.csr_matrix) -> sparse.csr_matrix:
    """One column a step: 1 where the person has that many features."""
    steps = np.searchsorted(np.array(BREADTHS), np.diff(unit.indptr), side="right") - 1
    ones = np.ones(len(steps), dtype=np.float32)
    return sparse.csr_matrix((ones, (np.arange(len(steps)), steps)), shape=(len(steps), len(BREADTHS)))


def leading_axes(unit: sparse.csr_matrix) -> Singles:
    """The leading right singular vectors: features x dimensions."""
    from sklearn.utils.extmath import randomized_svd

    most = DIMENSIONS if unit.shape[0] <= _MANY else _DIMENSIONS_OF_MANY
    size = min(most, min(unit.shape) - 1)
    if size < 1:
        return np.zeros((unit.shape[1], 1), dtype=np.float32)
    with threadpool_limits(1):
        _, _, right = randomized_svd(unit, n_components=size, n_iter=2, random_state=_SEED)
    return np.ascontiguousarray(right.T, dtype=np.float32)


def _fit(rows: sparse.csr_matrix | Singles, seeds: Bools, c: float) -> Floats:
    """Weights of a logistic regression, both classes weighing as much as there are seeds."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    own = int(seeds.sum())
    weight = {True: 1.0, False: own / max(1, len(seeds) - own)}
    model = LogisticRegression(C=c, class_weight=weight, solver="lbfgs", max_iter=60, tol=1e-3)
    # These matrices are small: more threads only wait for one another, worst where the cores are busy.
    with threadpool_limits(1), warnings.catch_warnings():
        # The order of people settles long before the last digit of the weights does.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows, seeds)
    return np.asarray(model.coef_[0], dtype=np.float64)
