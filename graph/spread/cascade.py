"""Playing the spread forward: what chosen accounts reach, by simulation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from graph.intervals import Z95
from graph.spread.draws import following, stream, unit
from graph.spread.network import Ints, SpreadNetwork
from graph.spread.sampling import Model

_BLOCK = 250
_THREADS = 2


@dataclass(frozen=True, slots=True)
class Simulated:
    """The mean number of accounts reached, the seeds included, with its 95 % interval; ``runs`` has each run's."""

    spread: float
    low: float
    high: float
    runs: npt.NDArray[np.int64]


def simulate(
    network: SpreadNetwork,
    seeds: Ints,
    runs: int = 10_000,
    model: Model = Model.CASCADE,
    seed: int = 7,
    targets: Ints | None = None,
) -> Simulated:
    """Spread from ``seeds`` (node numbers) ``runs`` times, counting ``targets`` (default: all).

    Run ``i`` depends on the seed and ``i`` alone. Raises ValueError for fewer than 2 runs, and under linear threshold
    for weights that add up to more than 1.
    """
    if runs < 2:
        raise ValueError("an interval needs at least 2 runs")
    if model is Model.THRESHOLD:
        network.demand_weights()
    counted = np.zeros(len(network), np.bool_)
    counted[np.arange(len(network)) if targets is None else targets] = True
    compiled = _cascades if model is Model.CASCADE else _thresholds
    start, target, chance = network.outward
    base, chosen = np.uint64(seed), np.unique(np.asarray(seeds, np.int32))

    def block(first: int) -> npt.NDArray[np.int64]:
        size = min(_BLOCK, runs - first)
        counts: npt.NDArray[np.int64] = compiled(start, target, chance, chosen, counted, base, first, size)
        return counts

    with ThreadPoolExecutor(_THREADS) as pool:
        reached = np.concatenate(list(pool.map(block, range(0, runs, _BLOCK))))
    mean = float(reached.mean())
    half = Z95 * float(reached.std(ddof=1)) / float(np.sqrt(runs))
    return Simulated(mean, mean - half, mean + half, reached)


@njit(cache=True, nogil=True)
def _cascades(start, target, chance, seeds, counted, seed, first, count):  # type: ignore[no-untyped-def]
    size = len(start) - 1
    seen = np.full(size, -1, np.int64)
    queue = np.empty(size, np.int32)
    reached = np.zeros(count, np.int64)
    for number in range(count):
        state = stream(seed, first + number)
        tail = 0
        for node in seeds:
            seen[node] = number
            queue[tail] = node
            tail += 1
        head = 0
        while head < tail:
            node = queue[head]
            head += 1
            reached[number] += counted[node]
            for edge in range(start[node], start[node + 1]):
                state = following(state)
                if unit(state) < chance[edge] and seen[target[edge]] != number:
                    seen[target[edge]] = number
                    queue[tail] = target[edge]
                    tail += 1
    return reached


@njit(cache=True, nogil=True)
def _thresholds(start, target, weight, seeds, counted, seed, first, count):  # type: ignore[no-untyped-def]
    size = len(start) - 1
    joined = np.full(size, -1, np.int64)
    heard = np.full(size, -1, np.int64)
    threshold = np.empty(size, np.float64)
    queue = np.empty(size, np.int32)
    reached = np.zeros(count, np.int64)
    for number in range(count):
        state = stream(seed, first + number)
        tail = 0
        for node in seeds:
            joined[node] = number
            queue[tail] = node
            tail += 1
        head = 0
        while head < tail:
            node = queue[head]
            head += 1
            reached[number] += counted[node]
            for edge in range(start[node], start[node + 1]):
                other = target[edge]
                if joined[other] == number:
                    continue
                if heard[other] != number:
                    heard[other] = number
                    state = following(state)
                    threshold[other] = unit(state)
                threshold[other] -= weight[edge]
                if threshold[other] < 0.0:
                    joined[other] = number
                    queue[tail] = other
                    tail += 1
    return reached
