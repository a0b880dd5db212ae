"""Choosing accounts whose union of reverse reachable sets is largest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from graph.spread.network import Ints, Longs
from graph.spread.sampling import ReverseSets

Costs = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """Accounts in the order they were chosen; ``covered[i]`` sets are hit by the first ``i + 1`` of them."""

    nodes: Ints
    covered: Longs

    @property
    def hit(self) -> int:
        """How many sets the whole choice hits."""
        return int(self.covered[-1]) if len(self.covered) else 0


def choose(sets: ReverseSets, size: int, k: int, allowed: npt.NDArray[np.bool_]) -> Choice:
    """The greedy choice of at most ``k`` allowed accounts: within 1 - 1/e of the best cover.

    G. Nemhauser, L. Wolsey, M. Fisher, 1978. Equal gains go to the smaller number. It stops early when nothing is left
    to gain.
    """
    nodes, covered = _greedy(*_by_node(sets, size), sets.start, sets.members, k, allowed)
    return Choice(nodes, covered)


def choose_for_money(
    sets: ReverseSets, size: int, budget: float, costs: Costs, allowed: npt.NDArray[np.bool_]
) -> Choice:
    """The better of greedy by gain a cost and the best single account: within 1 - 1/√e of the best cover for the money.

    S. Khuller, A. Moss, J. Naor, "The budgeted maximum coverage problem", 1999. ``costs`` are above 0.
    """
    fitting = allowed & (costs <= budget)
    first, ids = _by_node(sets, size)
    nodes, covered = _greedy_by_cost(first, ids, sets.start, sets.members, budget, costs, fitting)
    single = np.where(fitting, np.diff(first), -1)
    best = int(np.argmax(single)) if size else 0
    if size and fitting[best] and single[best] > (covered[-1] if len(covered) else 0):
        return Choice(np.array([best], np.int32), np.array([single[best]], np.int64))
    return Choice(nodes, covered)


def hits(sets: ReverseSets, size: int, nodes: Ints) -> int:
    """How many sets hold at least one of ``nodes``."""
    chosen = np.zeros(size, np.bool_)
    chosen[nodes] = True
    if not len(sets):
        return 0
    return int(np.logical_or.reduceat(chosen[sets.members], sets.start[:-1]).sum())


def _by_node(sets: ReverseSets, size: int) -> tuple[Longs, Ints]:
    """The numbers of the sets that hold each account: start, set numbers."""
    start: Longs
    numbers: Ints
    start, numbers = _inverted(sets.start, sets.members, size)
    return start, numbers


@njit(cache=True, nogil=True)
def _inverted(start, members, size):  # type: ignore[no-untyped-def]
    first = np.zeros(size + 1, np.int64)
    for node in members:
        first[node + 1] += 1
    for node in range(size):
        first[node + 1] += first[node]
    place = first[:-1].copy()
    numbers = np.empty(len(members), np.int32)
    for number in range(len(start) - 1):
        for at in range(start[number], start[number + 1]):
            node = members[at]
            numbers[place[node]] = number
            place[node] += 1
    return first, numbers


@njit(cache=True, nogil=True)
def _take(node, gains, first, ids, start, members, done):  # type: ignore[no-untyped-def]
    """Cover the sets of ``node``; everybody else in them has that much less to gain."""
    new = 0
    for at in range(first[node], first[node + 1]):
        number = ids[at]
        if not done[number]:
            done[number] = True
            new += 1
            for place in range(start[number], start[number + 1]):
                gains[members[place]] -= 1
    return new


@njit(cache=True, nogil=True)
def _greedy(first, ids, start, members, k, allowed):  # type: ignore[no-untyped-def]
    gains = np.where(allowed, np.diff(first), -(1 << 60))
    done = np.zeros(len(start) - 1, np.bool_)
    nodes = np.empty(k, np.int32)
    covered = np.empty(k, np.int64)
    total, taken = 0, 0
    while taken < k:
        node = int(np.argmax(gains))
        if gains[node] <= 0:
            break
        total += _take(node, gains, first, ids, start, members, done)
        nodes[taken] = node
        covered[taken] = total
        taken += 1
    return nodes[:taken].copy(), covered[:taken].copy()


@njit(cache=True, nogil=True)
def _greedy_by_cost(first, ids, start, members, budget, costs, allowed):  # type: ignore[no-untyped-def]
    gains = np.where(allowed, np.diff(first), -(1 << 60))
    done = np.zeros(len(start) - 1, np.bool_)
    nodes = np.empty(len(gains), np.int32)
    covered = np.empty(len(gains), np.int64)
    total, taken = 0, 0
    left = budget
    while True:
        best, best_ratio = -1, 0.0
        for node in range(len(gains)):
            if gains[node] > 0 and costs[node] <= left and gains[node] / costs[node] > best_ratio:
                best, best_ratio = node, gains[node] / costs[node]
        if best < 0:
            break
        left -= costs[best]
        total += _take(best, gains, first, ids, start, members, done)
        nodes[taken] = best
        covered[taken] = total
        taken += 1
    return nodes[:taken].copy(), covered[:taken].copy()
