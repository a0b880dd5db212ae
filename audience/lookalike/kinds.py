"""Kinds among seeds: a list that serves each of them, instead of the most common one alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from audience.lookalike.ranking import Bools, Ranker, Space

MAX_KINDS = 20
_SEED = 7
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Kind:
    """Seeds that are alike, and everybody's order by likeness to them."""

    seeds: Bools
    ranker: Ranker


def kinds_of(space: Space, seeds: Bools, many: int, method: str, k: int) -> list[Kind]:
    """The seeds in at most ``many`` kinds by k-means in the embedding, largest first; none of fewer than k seeds.

    Y. Liu et al., "Real-time attention based look-alike model for recommender system" (RALM), KDD 2019, clusters
    the seeds likewise, so that a small kind is not drowned by the large ones.
    """
    from sklearn.cluster import KMeans

    rows = np.flatnonzero(seeds)
    points = space.embedded[rows] * space.scale
    points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)
    for number in range(min(many, len(rows) // k), 0, -1):
        with threadpool_limits(1):
            labels = KMeans(number, n_init=4, random_state=_SEED).fit_predict(points)
        sizes = np.bincount(labels, minlength=number)
        if sizes.min() >= k or number == 1:
            break
    found = []
    for label in np.argsort(-sizes, kind="stable"):
        own = np.zeros_like(seeds)
        own[rows[labels == label]] = True
        found.append(Kind(own, space.rank(method, own, ~seeds)))
    return found


def take_turns(kinds: list[Kind], rows: Ints, size: int) -> tuple[Ints, Ints]:
    """The best of each kind in turn, nobody twice: at most ``size`` rows, and the place of the kind that chose each."""
    orders = [iter(rows[np.lexsort((rows, -kind.ranker.scores[rows]))].tolist()) for kind in kinds]
    taken: dict[int, int] = {}
    while len(taken) < min(size, len(rows)):
        for place, order in enumerate(orders):
            row = next((row for row in order if row not in taken), None)
            if row is not None and len(taken) < size:
                taken[row] = place
    return np.array(list(taken), dtype=np.int64), np.array(list(taken.values()), dtype=np.int64)


def best_of(kinds: list[Kind], rows: Ints, size: int) -> tuple[Ints, Ints]:
    """The rows to list in order, and the place of the kind that each is listed for."""
    if len(kinds) > 1:
        return take_turns(kinds, rows, size)
    scores = kinds[0].ranker.scores[rows]
    if size < len(rows):
        edge = np.partition(scores, len(rows) - size)[len(rows) - size]
        rows, scores = rows[scores >= edge], scores[scores >= edge]
    best = rows[np.lexsort((rows, -scores))][:size]
    return best, np.zeros(len(best), dtype=np.int64)
