"""Yelp users: who liked one of the most liked businesses is an audience, told by the other likes and by friends.

The data of L. Wu et al., "A neural influence diffusion model for social recommendation" (DiffNet), SIGIR 2019.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
from scipy import sparse

from bench.data import shared
from bench.figures import Figure, Say
from bench.lookalike.judge import over
from bench.lookalike.stacked import friends, stacked

_AUDIENCES = 30
_QUICK = 3


def measure(quick: bool, say: Say) -> Iterable[Figure]:
    """The thirty most liked businesses; ``quick``: three of them."""
    folder = shared("yelp_diffnet")
    likes, links = _pairs(folder / "yelp.train.rating"), _pairs(folder / "yelp.links")
    people = int(max(likes[:, 0].max(), links.max())) + 1
    ones = np.ones(len(likes), dtype=np.float32)
    liked = sparse.csr_matrix((ones, (likes[:, 0], likes[:, 1])), shape=(people, likes[:, 1].max() + 1))
    known = friends(links, people)
    columns = np.argsort(-np.asarray(liked.getnnz(axis=0)), kind="stable")[: _QUICK if quick else _AUDIENCES]

    def others(place: int) -> sparse.csr_matrix:
        keep = np.flatnonzero(np.arange(liked.shape[1]) != columns[place])
        return stacked(sparse.csr_matrix(liked[:, keep]), known)

    audiences = [(f"business {column}", liked[:, [column]].toarray().ravel() > 0) for column in columns]
    return over("yelp_diffnet", others, audiences, say)


def _pairs(path: object) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    frame = pl.read_csv(str(path), separator="\t", has_header=False, columns=[0, 1])
    return np.asarray(frame.to_numpy(), dtype=np.int64)
