"""Reverse reachable sets: who could have passed something on to a random account.

C. Borgs, M. Brautbar, J. Chayes, B. Lucier, "Maximizing social influence in nearly optimal time", SODA 2014: the share
of such sets that a choice of accounts hits, times the number of accounts, is an unbiased estimate of its spread.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from graph.spread.draws import following, stream, unit
from graph.spread.network import Ints, Longs, SpreadNetwork

_BLOCK = 4096  # sets that one thread draws at a time
_THREADS = 2


class Model(StrEnum):
    """How something spreads (D. Kempe, J. Kleinberg, É. Tardos, KDD 2003)."""

    CASCADE = "ic"  # independent cascade: every edge is tried once
    THRESHOLD = "lt"  # linear threshold: an account joins when enough of those it hears from have


@dataclass(frozen=True, slots=True)
class ReverseSets:
    """Some sets: the members of set ``i`` stand at ``start[i]`` to ``start[i + 1]``, its root first."""

    start: Longs
    members: Ints

    def __len__(self) -> int:
        return len(self.start) - 1

    def joined(self, other: ReverseSets) -> ReverseSets:
        """These sets, then those of ``other``."""
        start = np.concatenate([self.start, other.start[1:] + self.start[-1]])
        return ReverseSets(start, np.concatenate([self.members, other.members]))


def no_sets() -> ReverseSets:
    """The beginning of a collection."""
    return ReverseSets(np.zeros(1, np.int64), np.zeros(0, np.int32))


def draw(
    network: SpreadNetwork, model: Model, first: int, count: int, seed: int, targets: Ints | None = None
) -> ReverseSets:
    """Draw the sets ``first`` to ``first + count`` of a seed; their roots are uniform over ``targets`` (default: all).

    Each set depends on the seed and its number alone, so the result is the same however many threads draw.
    """
    roots = np.arange(len(network), dtype=np.int32) if targets is None else targets
    if count <= 0 or not len(roots):
        return no_sets()
    compiled = _cascade_sets if model is Model.CASCADE else _threshold_sets
    base = np.uint64(seed)

    def block(begin: int) -> tuple[Longs, Ints]:
        size = min(_BLOCK, first + count - begin)
        start, members = compiled(
            network.start, network.source, network.chance, network.skip, roots, base, begin, size
        )
        return start, members

    with ThreadPoolExecutor(_THREADS) as pool:
        parts = list(pool.map(block, range(first, first + count, _BLOCK)))
    return _concatenated(parts)


def _concatenated(parts: list[tuple[Longs, Ints]]) -> ReverseSets:
    offsets = np.cumsum([0, *(len(members) for _, members in parts)])
    starts: Iterator[npt.NDArray[Any]] = (
        start[1:] + offset for (start, _), offset in zip(parts, offsets[:-1], strict=True)
    )
    start = np.concatenate([np.zeros(1, np.int64), *starts])
    return ReverseSets(start, np.concatenate([members for _, members in parts]))


@njit(cache=True, nogil=True)
def _cascade_sets(start, source, chance, skip, roots, seed, first, count):  # type: ignore[no-untyped-def]
    """Breadth-first over in-edges that carry: the next one is found by a jump, or by trying one after the other."""
    seen = np.full(len(start) - 1, -1, np.int64)
    ends = np.zeros(count + 1, np.int64)
    members = np.empty(max(16 * count, 1024), np.int32)
    used = 0
    for number in range(count):
        state = stream(seed, first + number)
        if used + len(seen) > len(members):
            # A set holds every account at most: with room for all, the loop below needs no further look.
            members = _grown(members, used, len(seen))
        root = roots[int(unit(state) * len(roots))]
        seen[root] = number
        members[used] = root
        tail = used + 1
        head = used
        while head < tail:
            node = members[head]
            head += 1
            edge = start[node] - 1
            while True:
                if skip[node] < 0.0:
                    state = following(state)
                    edge += 1 + int(min(np.log1p(-unit(state)) / skip[node], 1e9))
                else:
                    edge += 1
                    while edge < start[node + 1]:
                        state = following(state)
                        if unit(state) < chance[edge]:
                            break
                        edge += 1
                if edge >= start[node + 1]:
                    break
                reached = source[edge]
                if seen[reached] != number:
                    seen[reached] = number
                    members[tail] = reached
                    tail += 1
        used = tail
        ends[number + 1] = used
    return ends, members[:used].copy()


@njit(cache=True, nogil=True)
def _threshold_sets(start, source, chance, skip, roots, seed, first, count):  # type: ignore[no-untyped-def]
    """Walk back along one in-edge a step, drawn by weight, until none is drawn or the walk meets itself."""
    seen = np.full(len(start) - 1, -1, np.int64)
    ends = np.zeros(count + 1, np.int64)
    members = np.empty(max(16 * count, 1024), np.int32)
    used = 0
    for number in range(count):
        state = stream(seed, first + number)
        if used + len(seen) > len(members):
            members = _grown(members, used, len(seen))
        node = roots[int(unit(state) * len(roots))]
        while seen[node] != number:
            seen[node] = number
            members[used] = node
            used += 1
            state = following(state)
            left = unit(state)
            for edge in range(start[node], start[node + 1]):
                left -= chance[edge]
                if left < 0.0:
                    node = source[edge]
                    break
        ends[number + 1] = used
    return ends, members[:used].copy()


@njit(cache=True, nogil=True)
def _grown(members, used, more):  # type: ignore[no-untyped-def]
    larger = np.empty(max(2 * len(members), used + 2 * more), np.int32)
    larger[:used] = members[:used]
    return larger
