"""Random numbers inside compiled loops: each sample has a stream of its own, whatever thread draws it."""

from __future__ import annotations

import numpy as np
from numba import njit

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 1.0 / (1 << 53)


@njit(cache=True, nogil=True, inline="always")
def mixed(state: np.uint64) -> np.uint64:
    """SplitMix64's output function (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014)."""
    z = (state ^ (state >> np.uint64(30))) * _MIX_A
    z = (z ^ (z >> np.uint64(27))) * _MIX_B
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True, inline="always")
def stream(seed: np.uint64, sample: int) -> np.uint64:
    """The first state of one sample's stream."""
    return mixed(mixed(seed + _STEP) + np.uint64(sample) * _STEP)


@njit(cache=True, nogil=True, inline="always")
def following(state: np.uint64) -> np.uint64:
    """The next state of a stream."""
    return state + _STEP


@njit(cache=True, nogil=True, inline="always")
def unit(state: np.uint64) -> float:
    """The state's number in [0, 1)."""
    return float(mixed(state) >> np.uint64(11)) * _TO_UNIT
