"""Sets of people as compressed bitmaps of their uids (S. Chambi, D. Lemire et al., "Better bitmap performance with Roaring
bitmaps", 2016), and as arrays."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap


def people_of(uids: NDArray[np.integer]) -> BitMap:
    """The set of these uids."""
    # Of an array that it knows the library takes all at once; of any other it takes one after another.
    held = array("I")
    held.frombytes(uids.astype(np.uint32, copy=False).tobytes())
    return BitMap(held)


def uids_of(people: BitMap) -> NDArray[np.int64]:
    """The uids of a set, rising."""
    return np.frombuffer(people.to_array(), dtype=np.uint32).astype(np.int64)


def everybody(persons: int) -> BitMap:
    """The set of so many people."""
    people = BitMap()
    people.add_range(0, persons)
    return people
