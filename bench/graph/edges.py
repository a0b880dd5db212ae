"""The edges that everybody gets: R-MAT from a seed, and the Slashdot Zoo where it is at hand."""

from __future__ import annotations

import gzip
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bench.data import SHARED

Ends = npt.NDArray[np.int64]

SLASHDOT = SHARED / "soc_slashdot0902/soc-Slashdot0902.txt.gz"


@lru_cache(maxsize=1)
def rmat(edges: int, seed: int = 7) -> tuple[Ends, Ends]:
    """Directed edges between nodes 0 … n-1, skewed as real networks are, each once, in random order.

    D. Chakrabarti, Y. Zhan, C. Faloutsos, "R-MAT: a recursive model for graph mining", 2004; with the
    probabilities of Graph500 (0.57, 0.19, 0.19, 0.05). Small graphs come out a little smaller, since edges that
    are drawn twice stand once. Every node has an edge. The arrays of the last call are kept, and can't be written to.
    """
    random = np.random.default_rng(seed)
    scale = max(int(edges / 10).bit_length(), 4)
    drawn = edges + edges // 3
    src, dst = np.zeros(drawn, np.int64), np.zeros(drawn, np.int64)
    for bit in range(scale):
        quarter = random.random(drawn)
        src |= (quarter >= 0.76).astype(np.int64) << bit
        dst |= (((quarter >= 0.57) & (quarter < 0.76)) | (quarter >= 0.95)).astype(np.int64) << bit
    pairs = random.permutation(np.unique(src << 32 | dst))[:edges]
    _, numbers = np.unique(np.concatenate([pairs >> 32, pairs & 0xFFFFFFFF]), return_inverse=True)
    names = random.permutation(int(numbers.max()) + 1)
    ends = names[numbers]
    ends.flags.writeable = False
    sources, targets = np.split(ends, 2)
    return sources, targets


def slashdot() -> tuple[Ends, Ends] | None:
    """Who calls whom friend or foe on Slashdot (SNAP, 948,464 edges); None where the file is not at hand."""
    if not SLASHDOT.exists():
        return None
    with gzip.open(SLASHDOT, "rt", encoding="ascii") as lines:
        pairs = np.loadtxt(lines, dtype=np.int64, comments="#")
    return pairs[:, 0].copy(), pairs[:, 1].copy()


def undirected(src: Ends, dst: Ends) -> tuple[Ends, Ends]:
    """Each joined pair once, without loops."""
    other = src != dst
    low, high = np.minimum(src, dst)[other], np.maximum(src, dst)[other]
    pairs = np.unique(low << 32 | high)
    return pairs >> 32, pairs & 0xFFFFFFFF
