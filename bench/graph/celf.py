"""CELF: greedy choice by simulated worlds, lazily: what reverse sampling is held against on small networks."""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit

from graph.spread.draws import following, stream, unit
from graph.spread.network import Ints, SpreadNetwork


def celf(network: SpreadNetwork, k: int, worlds: int, seed: int = 7) -> Ints:
    """The greedy ``k`` accounts over ``worlds`` drawn sets of edges that carry (independent cascade).

    D. Kempe, J. Kleinberg, É. Tardos (KDD 2003); lazily as in J. Leskovec et al., "Cost-effective outbreak detection in
    networks", KDD 2007: an account's gain only shrinks, so most need not be looked at again.
    """
    start, target, chance = network.outward
    starts, ends = _worlds(start, target, chance, worlds, np.uint64(seed))
    covered = np.zeros((worlds, len(network)), np.bool_)
    heap = [(-_reached(starts, ends, covered, node, False), node, 0) for node in range(len(network))]
    heapq.heapify(heap)
    chosen: list[int] = []
    while len(chosen) < k and heap:
        _gain, node, when = heapq.heappop(heap)
        if when == len(chosen):
            _reached(starts, ends, covered, node, True)
            chosen.append(node)
        else:
            heapq.heappush(heap, (-_reached(starts, ends, covered, node, False), node, len(chosen)))
    return np.array(chosen, np.int32)


@njit(cache=True, nogil=True)
def _worlds(start, target, chance, worlds, seed):  # type: ignore[no-untyped-def]
    """The edges that carry, by world and account: starts (worlds x accounts + 1), ends."""
    size = len(start) - 1
    starts = np.zeros((worlds, size + 1), np.int64)
    ends = np.empty(max(1024, 2 * worlds * size), np.int32)
    used = 0
    for world in range(worlds):
        state = stream(seed, world)
        for node in range(size):
            starts[world, node] = used
            if used + size > len(ends):
                larger = np.empty(2 * len(ends), np.int32)
                larger[:used] = ends[:used]
                ends = larger
            for edge in range(start[node], start[node + 1]):
                state = following(state)
                if unit(state) < chance[edge]:
                    ends[used] = target[edge]
                    used += 1
        starts[world, size] = used
    return starts, ends[:used].copy()


@njit(cache=True, nogil=True)
def _reached(starts, ends, covered, node, keep):  # type: ignore[no-untyped-def]
    """How many accounts this one reaches over all worlds that are not covered yet; ``keep`` covers them."""
    worlds, size = covered.shape
    seen = np.full(size, -1, np.int64)
    queue = np.empty(size, np.int32)
    total = 0
    for world in range(worlds):
        if covered[world, node]:
            continue
        queue[0], tail, head = node, 1, 0
        seen[node] = world
        while head < tail:
            at = queue[head]
            head += 1
            for place in range(starts[world, at], starts[world, at + 1]):
                other = ends[place]
                if seen[other] != world and not covered[world, other]:
                    seen[other] = world
                    queue[tail] = other
                    tail += 1
        total += tail
        if keep:
            for place in range(tail):
                covered[world, queue[place]] = True
    return total
