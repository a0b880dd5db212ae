"""Parts read ahead come in order, with their errors, and no further than one ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from lake.ahead import read_ahead


def test_parts_come_in_order_from_another_thread() -> None:
    def parts() -> Iterator[tuple[int, str]]:
        for number in range(5):
            yield number, threading.current_thread().name

    read = list(read_ahead(parts(), "persons"))
    assert [number for number, _ in read] == list(range(5))
    assert {name for _, name in read} == {"persons_0"}


def test_an_error_comes_where_the_part_would() -> None:
    def parts() -> Iterator[int]:
        yield 1
        raise OSError("the disk is full")

    read = read_ahead(parts())
    assert next(read) == 1
    with pytest.raises(OSError, match="full"):
        next(read)


def test_one_part_at_most_is_made_that_nobody_takes() -> None:
    made: list[int] = []

    def parts() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    read = read_ahead(parts())
    assert next(read) == 0
    read.close()
    assert len(made) <= 2
