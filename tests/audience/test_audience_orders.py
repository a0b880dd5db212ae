"""Members in order, page by page: the same as sorting everybody found, however the order is come by."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from audience.engines.base import After
from audience.engines.orders import Found, Ladder, by_levels
from audience.query.model import MAX_LEVEL

PERSONS = 60
people = st.frozensets(st.integers(0, PERSONS - 1))
# Of one interest the level of each person who has it.
levels = st.dictionaries(st.integers(0, PERSONS - 1), st.integers(1, MAX_LEVEL))


def ladder(level_of: dict[int, int]) -> Ladder:
    return lambda least: BitMap(uid for uid, level in level_of.items() if level >= least)


@given(people, st.lists(levels, min_size=1, max_size=3), st.integers(1, 25))
def test_pages_by_levels_are_everybody_found_in_order(
    found: frozenset[int], interests: list[dict[int, int]], limit: int
) -> None:
    sums = {uid: sum(level_of.get(uid, 0) for level_of in interests) for uid in found}
    wanted = [(uid, float(sums[uid])) for uid in sorted(found, key=lambda uid: (-sums[uid], uid))]
    ladders = [ladder(level_of) for level_of in interests]
    pages: Found = []
    while page := by_levels(
        BitMap(found),
        ladders,
        PERSONS,
        limit,
        After(pages[-1][1], pages[-1][0], len(pages)) if pages else None,
    ):
        assert len(page) == min(limit, len(found) - len(pages))
        pages += page
    assert pages == wanted


def test_levels_are_read_as_far_down_as_it_takes() -> None:
    read: list[int] = []

    def recorded(least: int) -> BitMap:
        read.append(least)
        return BitMap(range(MAX_LEVEL - least + 1))

    by_levels(BitMap(range(PERSONS)), [recorded], PERSONS, 3, None)
    assert read == [10, 9, 8]
