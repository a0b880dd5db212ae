"""From 1,000 seeds to the 10,000 most like them of a million people, with reasons and the method's own hold-out.

The features and the embedding are there before, as mining leaves them; so are the factors of the peer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from statistics import median

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from audience.lookalike.holdout import hold_out, likeness, report
from audience.lookalike.kinds import Kind, best_of
from audience.lookalike.ranking import Bools, Space, methods_for
from audience.lookalike.reasons import strongest_columns
from bench.figures import Figure, Say
from bench.lookalike.peers import ALS, als, neighbours

PEOPLE, SEEDS, SIZE = 1_000_000, 1_000, 10_000
GOAL_SECONDS = 1.5
_QUICK_PEOPLE = 60_000
_FEATURES, _GROUPS = 20_000, 200
_OWN, _ANY = 10, 20  # features of a person's group, and of anybody
_RUNS = 5
_ITERATIONS = 3
_AUDIENCE = 2  # a fairly large group
_SEED = 7


def measure(quick: bool, say: Say) -> Iterable[Figure]:
    """Medians over runs by the clock; the peer does the same: a hold-out, then the list."""
    people = _QUICK_PEOPLE if quick else PEOPLE
    matrix, group = population(people)
    seeds = np.zeros(people, dtype=bool)
    members = np.flatnonzero(group == _AUDIENCE)
    seeds[np.random.default_rng(_SEED).choice(members, min(SEEDS, len(members) // 2), replace=False)] = True
    began = time.perf_counter()
    space = Space(matrix)
    say(f"speed: the embedding of {people:,} people took {time.perf_counter() - began:.0f} s (not counted)")
    began = time.perf_counter()
    trials = hold_out(space, seeds)
    chosen = trials[0].method
    say(
        f"speed: {chosen} was chosen among {len(methods_for(int(seeds.sum())))} in {time.perf_counter() - began:.1f} s"
    )
    size = min(SIZE, people // 10)
    ours = _median(lambda: _ours(space, seeds, chosen, size))
    model = als(matrix, _ITERATIONS)
    theirs = _median(lambda: _theirs(model, seeds, size))
    yield Figure(
        task="speed",
        metric=f"{int(seeds.sum()):,} seeds to {size:,} of {people:,}, hold-out and reasons included ({chosen})",
        value=round(ours, 3),
        unit="s",
        peer=f"{ALS}, no reasons",
        peer_value=round(theirs, 3),
        goal=GOAL_SECONDS,
        lower_is_better=True,
        seconds=round(ours * _RUNS, 1),
    )


def population(people: int) -> tuple[sparse.csr_matrix, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """People x features of ones and the group of each: people of a group share a hundred features, all share the rest."""
    rng = np.random.default_rng(_SEED)
    group = rng.zipf(1.3, people) % _GROUPS
    width = _FEATURES // 2 // _GROUPS
    own = group[:, None] * width + rng.integers(0, width, (people, _OWN))
    anything = _FEATURES // 2 + (rng.random((people, _ANY)) ** 3 * (_FEATURES // 2)).astype(np.int64)
    columns = np.concatenate([own, anything], axis=1).ravel().astype(np.int32)
    starts = np.arange(people + 1, dtype=np.int64) * (_OWN + _ANY)
    matrix = sparse.csr_matrix(
        (np.ones(len(columns), dtype=np.float32), columns, starts), (people, _FEATURES)
    )
    matrix.sum_duplicates()
    return matrix, np.asarray(group, dtype=np.int64)


def _ours(space: Space, seeds: Bools, method: str, size: int) -> None:
    trials = hold_out(space, seeds, (method,))
    report(trials, size)
    ranker = space.rank(method, seeds)
    likeness(trials[0], ranker.scores)
    best, _ = best_of([Kind(seeds, ranker)], np.flatnonzero(~seeds), size)
    strongest_columns(space, best, ranker.weights, np.ones(space.features, dtype=bool))


def _theirs(model: object, seeds: Bools, size: int) -> None:
    hidden = np.flatnonzero(seeds)[::5]
    train = seeds.copy()
    train[hidden] = False
    for known in (train, seeds):
        scores = neighbours(model, known)
        scores[known] = -np.inf
        best = np.argpartition(-scores, size)[:size]
        best[np.argsort(-scores[best])]
        np.sort(scores).searchsorted(scores[hidden])


def _median(work: Callable[[], None]) -> float:
    took = []
    with threadpool_limits(2):
        for _ in range(_RUNS):
            began = time.perf_counter()
            work()
            took.append(time.perf_counter() - began)
    return median(took)
