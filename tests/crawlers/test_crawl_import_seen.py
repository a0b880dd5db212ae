"""Who wrote the posts read lately: as many are remembered as is said, however the file falls into parts."""

from __future__ import annotations

import polars as pl
import pytest

from crawlers.importers.folders import Seen


def part(start: int, end: int) -> pl.DataFrame:
    numbers = [str(number) for number in range(start, end)]
    return pl.DataFrame({"native_id": numbers, "author_native_id": [f"by {number}" for number in numbers]})


@pytest.mark.parametrize("sizes", [(1, 30, 30, 30, 30), (30, 30, 30), (200, 1, 1), (1,) * 120])
def test_the_posts_before_the_newest_part_are_remembered(sizes: tuple[int, ...]) -> None:
    seen, end = Seen(40), 0
    for size in sizes:
        start, end = end, end + size
        seen.note(part(start, end))
        lately = range(max(0, start - 40), end)
        asked = pl.Series([str(number) for number in lately])
        assert seen.of(asked).to_list() == [f"by {number}" for number in lately]


def test_what_was_long_before_is_forgotten() -> None:
    seen = Seen(40)
    for start in range(0, 1000, 10):
        seen.note(part(start, start + 10))
    remembered = seen.of(pl.Series([str(number) for number in range(1000)])).drop_nulls()
    assert remembered.len() == 50
    assert seen.of(pl.Series([None], dtype=pl.String)).to_list() == [None]
