"""Who comes first of the people found: uids and keys, some at a time, each order paged by its own keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from audience.engines.base import After
from audience.engines.people import uids_of
from audience.query.model import MAX_LEVEL

# uid and explicit key of each person found.
Found: TypeAlias = list[tuple[int, float]]
# Level (1 to MAX_LEVEL) to those who have an interest at this level or above.
Ladder: TypeAlias = Callable[[int], BitMap]


def by_standing(people: BitMap, limit: int, after: After | None) -> Found:
    """In the order of uids."""
    first = after.uid + 1 if after else 0
    return [(uid, 0.0) for uid in islice(people.iter_equal_or_larger(first), limit)]


def by_key(uids: NDArray[np.int64], own: NDArray[np.int64], limit: int, after: After | None) -> Found:
    """The highest of these people's ``own`` keys first, then by standing; those who have none (UNKNOWN) come last."""
    if after is not None:
        later = (own < after.key) | ((own == after.key) & (uids > after.uid))
        uids, own = uids[later], own[later]
    if len(uids) > limit:
        last = np.partition(own, -limit)[-limit]
        above, even = np.flatnonzero(own > last), np.flatnonzero(own == last)
        chosen = np.concatenate([above, even[: limit - len(above)]])
        uids, own = uids[chosen], own[chosen]
    order = np.lexsort((uids, -own))
    return list(zip(uids[order].tolist(), own[order].astype(float).tolist(), strict=True))


def by_levels(
    people: BitMap, ladders: Sequence[Ladder], persons: int, limit: int, after: After | None
) -> Found:
    """The highest sum of levels first, then by standing; ``ladders`` are those of the interests, of ``persons`` in all."""
    if len(ladders) == 1:
        return _by_level(people, ladders[0], limit, after)
    uids = uids_of(people)
    return by_key(uids, _level_sums(people, uids, ladders, persons), limit, after)


def _by_level(people: BitMap, ladder: Ladder, limit: int, after: After | None) -> Found:
    """From the highest level down as far as it takes: few have it, and nothing is read of the levels below."""
    found: Found = []
    higher = BitMap()
    for level in range(MAX_LEVEL, -1, -1):
        met = people & ladder(level) if level else people
        if after is None or level <= after.key:
            page = after if after is not None and level == after.key else None
            here = by_standing(met - higher, limit - len(found), page)
            found += [(uid, float(level)) for uid, _ in here]
            if len(found) == limit:
                break
        higher = met
    return found


def _level_sums(
    people: BitMap, uids: NDArray[np.int64], ladders: Sequence[Ladder], persons: int
) -> NDArray[np.int64]:
    """The levels of these interests together, for each of ``people``, who are ``uids``."""
    # Of everybody, in numbers as small as will do: clearing memory takes longer than counting few.
    sums = np.zeros(persons, np.min_scalar_type(MAX_LEVEL * len(ladders)))
    by_all = 0
    for ladder in ladders:
        for level in range(1, MAX_LEVEL + 1):
            met = people & ladder(level)
            if len(met) == len(people):
                by_all += 1
            elif met:
                sums[uids_of(met)] += 1
            else:
                break
    return sums[uids].astype(np.int64) + by_all
