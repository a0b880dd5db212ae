"""Workers that answer side by side: each knows what the others answered, and tells audiences apart as if it knew all cells."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from audience.disclosure.answered import Answered, Asked
from audience.disclosure.seen import Seen, Signature, cells_for
from audience.engines.base import CELLS
from audience.errors import NotMinedError
from audience.query.model import AudienceQuery, Followers
from privacy.disclosure import Disclosure
from tests.audience.audience_world import AS_OF

PEOPLE = 5_000
_RNG = np.random.default_rng(3)
_CELL, _MARK = _RNG.integers(0, CELLS, PEOPLE), _RNG.integers(1, 1 << 32, PEOPLE)


def asked(number: int, spelt: int = 0) -> Asked:
    """The question for people numbered from ``number`` on, 400 of them, spelt in one of many ways."""
    return Asked(
        AudienceQuery(all=(Followers(field="followers", min=number, max=10**9 + spelt),)),
        AS_OF,
    )


def sign(question: Asked, cells: int) -> Signature:
    """As an engine signs it."""
    [condition] = question.query.all
    assert isinstance(condition, Followers)
    assert condition.min is not None
    people = slice(condition.min, condition.min + 400)
    sums = np.zeros(CELLS, dtype=np.int64)
    np.add.at(sums, _CELL[people], _MARK[people])
    return np.add.reduceat(sums, np.arange(0, CELLS, CELLS // cells))


@pytest.mark.parametrize("k", [20, 100])
def test_a_worker_knows_what_another_one_answered(tmp_path: Path, k: int) -> None:
    one, other = (Answered(tmp_path / "answered.sqlite") for _ in range(2))
    disclosure = Disclosure(k=k)

    def answer(worker: Answered, number: int) -> Asked | None:
        return worker.instead_of(asked(number), asked(number), disclosure, 400, sign)

    assert answer(one, 1_000) is None
    assert answer(other, 3_000) is None
    for step in (1, 2, 5):  # twice as many people are in one of both
        assert answer(other, 1_000 + step) == asked(1_000)
        assert answer(one, 3_000 - step) == asked(3_000)
    assert answer(one, 1_000 + 2 * k) is None
    assert answer(other, 1_001) == asked(1_000)
    assert answer(Answered(tmp_path / "answered.sqlite"), 1_003) == asked(1_000)


@pytest.mark.parametrize("step", range(10, 16))
def test_how_far_apart_two_audiences_are_is_not_told_by_many_spellings_of_one(
    tmp_path: Path, step: int
) -> None:
    """So many times two people are in one of both, from k to half as much again, where chance decides."""
    answered, disclosure = Answered(tmp_path / "answered.sqlite"), Disclosure()
    assert answered.instead_of(asked(1_000), asked(1_000), disclosure, 400, sign) is None
    spellings = [asked(1_000 + step, spelt) for spelt in range(1, 40)]
    told = {answered.instead_of(one, one, disclosure, 400, sign) for one in spellings}
    assert told == {asked(1_000)} or told <= {None, spellings[0]}


@pytest.mark.parametrize("at", [0, 4096])
def test_nothing_is_answered_where_what_was_answered_is_damaged(tmp_path: Path, at: int) -> None:
    path, disclosure = tmp_path / "answered.sqlite", Disclosure()
    assert Answered(path).is_whole()
    for number in range(0, 4_000, 100):
        Answered(path).instead_of(asked(number), asked(number), disclosure, 400, sign)
    assert Answered(path).is_whole()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    path.write_bytes(content[:at] + b"\xff" * 4_096 + content[at + 4_096 :])
    assert not Answered(path).is_whole()
    with pytest.raises(NotMinedError, match="damaged") as told:
        Answered(path).instead_of(asked(7), asked(7), disclosure, 400, sign)
    assert "renqun mine" in told.value.hint


def test_what_lies_near_in_few_cells_only_is_another_audience(tmp_path: Path) -> None:
    """Cells are looked at one by one before an audience is answered as another."""

    def blunt(question: Asked, cells: int) -> Signature:
        return sign(question, cells) if cells == CELLS else np.zeros(cells, dtype=np.int64)

    answered, disclosure = Answered(tmp_path / "answered.sqlite"), Disclosure()
    for number in (1_000, 2_000, 3_000):
        assert answered.instead_of(asked(number), asked(number), disclosure, 400, blunt) is None
    assert answered.instead_of(asked(2_001), asked(2_001), disclosure, 400, blunt) == asked(2_000)


def test_audiences_are_kept_in_few_cells_where_these_tell_them_apart() -> None:
    assert cells_for(Disclosure().k) < CELLS == cells_for(100)
    seen = Seen(64)
    seen.add((number, 400, sign(asked(7 * number), CELLS).tobytes()) for number in range(1, 600))
    assert seen.last == 599
    for number in (1, 300, 599):
        signature = sign(asked(7 * number), 64)
        near = {found: apart for found, _, apart in seen.near(400, 40, signature, 30)}
        assert near[number] == 0
        assert all(abs(found - number) * 14 < 64 for found in near)
        assert seen.near(500, 40, signature, 30) == []
