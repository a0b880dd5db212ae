"""Deezer users of Romania: each liked genre in turn is an audience, told from a fifth of it by the other genres.

B. Rozemberczki et al., "GEMSEC: graph embedding with self clustering", ASONAM 2019. Settings were chosen on genres
outside the range that is judged here (fewer than 300 users, or more than a fifth of them).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import orjson
from scipy import sparse

from bench.data import shared
from bench.figures import Figure, Say
from bench.lookalike.judge import over

MIN_MEMBERS, MAX_SHARE = 300, 0.2
AUC_GOAL, PRECISION_GOAL = 0.89, 0.38
_QUICK = 6


def measure(quick: bool, say: Say) -> Iterable[Figure]:
    """Every genre of 300 to 20 % of users; ``quick``: six of them."""
    names, likes = load()
    sizes = np.asarray(likes.sum(axis=0)).ravel()
    columns = [int(c) for c in np.argsort(-sizes) if MIN_MEMBERS <= sizes[c] <= MAX_SHARE * likes.shape[0]]
    if quick:
        columns = columns[:: -(-len(columns) // _QUICK)]
    dense = likes.toarray() > 0
    audiences = [(names[column], dense[:, column]) for column in columns]

    def others(place: int) -> sparse.csr_matrix:
        keep = [column for column in range(likes.shape[1]) if column != columns[place]]
        return sparse.csr_matrix(likes[:, keep])

    return over("deezer_ro", others, audiences, say, auc_goal=AUC_GOAL, precision_goal=PRECISION_GOAL)


def load() -> tuple[list[str], sparse.csr_matrix]:
    """Genres, and users x genres of ones. Raises NoDataError."""
    liked = orjson.loads((shared("deezer_ro") / "RO_genres.json").read_bytes())
    names = sorted({genre for genres in liked.values() for genre in genres})
    column = {name: at for at, name in enumerate(names)}
    cells = np.array([(int(user), column[genre]) for user, genres in liked.items() for genre in set(genres)])
    ones = np.ones(len(cells), dtype=np.float32)
    return names, sparse.csr_matrix((ones, (cells[:, 0], cells[:, 1])), shape=(len(liked), len(names)))
