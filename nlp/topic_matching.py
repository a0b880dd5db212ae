"""Which topics of one fit are those of another: pairs by their words, each at most once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def pair_up(likeness: npt.NDArray[np.float64], least: float) -> dict[int, int]:
    """Rows paired with columns so that the sum of likeness is largest; pairs below ``least`` are left out.

    H. W. Kuhn, "The Hungarian method for the assignment problem", 1955.
    """
    from scipy.optimize import linear_sum_assignment

    if not likeness.size:
        return {}
    rows, columns = linear_sum_assignment(-likeness)
    return {int(r): int(c) for r, c in zip(rows, columns, strict=True) if likeness[r, c] >= least}


def cosines(
    words: Sequence[str], rows: Floats, other_words: Sequence[str], others: Floats
) -> npt.NDArray[np.float64]:
    """Cosine of topics x words of two vocabularies; a word that only one of them has is none of the other's."""
    column = {word: place for place, word in enumerate(words)}
    shared = [(column[word], place) for place, word in enumerate(other_words) if word in column]
    if not shared:
        return np.zeros((len(rows), len(others)))
    mine, theirs = map(list, zip(*shared, strict=True))
    lengths = np.linalg.norm(rows, axis=1)[:, None] * np.linalg.norm(others, axis=1)[None, :]
    products = (rows[:, mine] @ others[:, theirs].T).astype(np.float64)
    return np.asarray(np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0))


def agreement(fits: Sequence[Sequence[Sequence[str]]]) -> float:
    """How far fits agree on their topics, each given by its top words: 0 to 1, 0 where there are no topics.

    Mean Jaccard overlap of the topics paired between every two fits; a topic that the other fit lacks counts as 0.
    D. Greene, D. O'Callaghan, P. Cunningham, "How Many Topics? Stability Analysis for Topic Models", 2014.
    """
    means = []
    for one, other in combinations(fits, 2):
        likeness = _overlaps(one, other)
        pairs = pair_up(likeness, 0.0)
        means.append(sum(likeness[r, c] for r, c in pairs.items()) / max(len(one), len(other), 1))
    return float(np.mean(means)) if means else 0.0


def best_overlaps(topics: Sequence[Sequence[str]], fits: Sequence[Sequence[Sequence[str]]]) -> list[float]:
    """For each topic, the mean over fits of its Jaccard overlap with the topic it is paired with there."""
    sums = np.zeros(len(topics))
    for fit in fits:
        likeness = _overlaps(topics, fit)
        for row, column in pair_up(likeness, 0.0).items():
            sums[row] += likeness[row, column]
    return [float(value) for value in sums / max(len(fits), 1)]


def _overlaps(one: Sequence[Sequence[str]], other: Sequence[Sequence[str]]) -> npt.NDArray[np.float64]:
    mine, theirs = [set(words) for words in one], [set(words) for words in other]
    return np.array([[len(a & b) / max(len(a | b), 1) for b in theirs] for a in mine]).reshape(
        len(mine), len(theirs)
    )
