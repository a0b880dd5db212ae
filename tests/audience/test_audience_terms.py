"""Who has each value: lists of values a person turned into sets of people, over blocks of any size."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from audience.engines.people import everybody, people_of, uids_of
from audience.engines.tantivy_files import PEOPLE, TERMS
from audience.engines.tantivy_values import ValueWriter
from audience.engines.term_writer import TermWriter
from audience.engines.terms import WORD, Terms

FIELDS = ("tag", "region", WORD)
VALUES = ("露营", "露营 帐篷", "a", "A", "", "b\tc", "\U0001f3d5", "露", "z" * 300)
Person = dict[str, list[str]]


def _people(number: int) -> list[Person]:
    rng = random.Random(number)
    return [{field: rng.sample(VALUES, rng.randrange(4)) for field in FIELDS} for _ in range(number)]


def _written(folder: Path, people: list[Person], batch: int) -> Terms:
    values = ValueWriter(FIELDS)
    with TermWriter(folder, FIELDS, values.values) as writer:
        for start in range(0, len(people), batch):
            some = people[start : start + batch]
            lists = [
                pl.Series(field, [person[field] for person in some], pl.List(pl.String)) for field in FIELDS
            ]
            writer.add({each.name: values.numbered(each) for each in lists})
    return Terms(folder)


@pytest.mark.parametrize("block", [1, 7, 50, 1_000])
@pytest.mark.parametrize("number", [0, 1, 3, 200])
def test_every_value_leads_to_its_people(
    number: int, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audience.engines.term_writer._BLOCK", block)
    people = _people(number)
    terms = _written(tmp_path, people, batch=5)
    some = people_of(uids_of(everybody(number))[::3])
    for field in FIELDS:
        for value in VALUES:
            has = [uid for uid, person in enumerate(people) if value in person[field]]
            assert list(terms.people(field, value)) == has
        counted = Counter(value for person in people[::3] for value in person[field])
        assert dict(terms.counts(field, some)) == counted
    assert not list(tmp_path.glob("*.parts"))


def test_what_nobody_has_finds_nobody(tmp_path: Path) -> None:
    terms = _written(tmp_path, _people(20), batch=20)
    assert [len(terms.people("tag", value)) for value in ("露营地", "zz", "\udc80", "B")] == [0, 0, 0, 0]
    assert list(terms.counts("topic", everybody(20))) == []


def test_a_word_said_twice_is_one(tmp_path: Path) -> None:
    people = [{"tag": [], "region": [], WORD: ["露营", "a", "露营"]}]
    terms = _written(tmp_path, people, batch=1)
    assert list(terms.people(WORD, "露营")) == [0]
    assert dict(terms.counts(WORD, everybody(1))) == {"露营": 1, "a": 1}


@pytest.mark.parametrize("name", [TERMS, PEOPLE])
def test_cut_off_files_are_refused(name: str, tmp_path: Path) -> None:
    _written(tmp_path, _people(20), batch=20)
    held = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(held[:-1])
    with pytest.raises(ValueError, match="damaged"):
        Terms(tmp_path)


def test_a_write_that_failed_leaves_no_parts(tmp_path: Path) -> None:
    values = ValueWriter(FIELDS)
    with pytest.raises(OSError, match="full"), TermWriter(tmp_path, FIELDS, values.values):
        raise OSError("full")
    assert not list(tmp_path.glob("*.parts"))
