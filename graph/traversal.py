"""Breadth-first search over rows, a whole level at a time: distances, and betweenness by Brandes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.rows import Floats, Ints, Rows


def levels(rows: Rows, source: int, cutoff: float = np.inf) -> Iterator[Ints]:
    """The nodes at distance 0, 1, 2 … from `source`, up to `cutoff`."""
    seen = np.zeros(rows.size, np.bool_)
    level = np.array([source], np.int32)
    distance = 0
    while len(level) and distance <= cutoff:
        yield level
        seen[level] = True
        reached = rows.of(level)
        level = np.unique(reached[~seen[reached]])
        distance += 1


@dataclass(frozen=True, slots=True)
class _Step:
    """The shortest paths from one level to the next: entry i leads from ``tail[i]`` to ``head[i]``."""

    tail: Ints
    head: Ints


def betweenness(rows: Rows, sources: Iterable[int], endpoints: bool) -> Floats:
    """How many shortest paths from `sources` pass each node, each path of a pair counting its share; not scaled.

    U. Brandes, "A faster algorithm for betweenness centrality", Journal of Mathematical Sociology 25, 2001.
    """
    total = np.zeros(rows.size)
    for source in sources:
        paths, steps, reached = _paths(rows, source)
        passed = _dependencies(paths, steps)
        passed[source] = 0.0
        if endpoints:
            passed[reached] += 1.0
            passed[source] = len(reached) - 1.0
        total += passed
    return total


def _paths(rows: Rows, source: int) -> tuple[Floats, list[_Step], npt.NDArray[np.integer]]:
    """Shortest paths from the source to each node, the steps of them by level, and the nodes reached."""
    paths = np.zeros(rows.size)
    paths[source] = 1.0
    seen = np.zeros(rows.size, np.bool_)
    level = np.array([source], np.int32)
    steps: list[_Step] = []
    found = [level]
    while True:
        seen[level] = True
        tail, head = np.repeat(level, rows.lengths[level]), rows.of(level)
        fresh = ~seen[head]
        tail, head = tail[fresh], head[fresh]
        if not len(head):
            return paths, steps, np.concatenate(found)
        level, place = np.unique(head, return_inverse=True)
        paths[level] = np.bincount(place, weights=paths[tail])
        steps.append(_Step(tail, head))
        found.append(level)


def _dependencies(paths: Floats, steps: list[_Step]) -> Floats:
    """The share of each node in the shortest paths to the nodes behind it."""
    passed = np.zeros(len(paths))
    for step in reversed(steps):
        onward = paths[step.tail] * (1.0 + passed[step.head]) / paths[step.head]
        starts = np.flatnonzero(np.diff(step.tail, prepend=-1))  # tails stand in runs
        passed[step.tail[starts]] = np.add.reduceat(onward, starts)
    return passed
