"""Each person's values as numbers: records, and what does not go into them."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from audience.engines.person_values import PersonValues
from audience.engines.person_writer import PersonWriter
from audience.engines.tantivy_files import COLUMNS, WIDTHS, records_of, rest_ends_of, rest_of
from audience.engines.tantivy_values import Values, ValueWriter

FIELDS = tuple(field for fields in COLUMNS.values() for field in fields)
TELLING = ("tag", "hour", "term", "age")

Lists = dict[str, list[str]]


def write(folder: Path, batches: list[list[Lists]]) -> tuple[PersonValues, Values]:
    """People's values, as lists by field; a field that is not named has none."""
    values = ValueWriter(FIELDS)
    with PersonWriter(folder, values.values) as writer:
        for people in batches:
            lists = {field: [person.get(field, []) for person in people] for field in FIELDS}
            writer.add(
                {
                    field: values.numbered(pl.Series(field, rows, dtype=pl.List(pl.String)))
                    for field, rows in lists.items()
                }
            )
    values.write(folder)
    told = Values(folder)
    return PersonValues(folder, told.numbers()), told


def drawn(people: int, most: int, seed: int) -> list[Lists]:
    """People with up to so many values of each of a few fields."""
    rng = random.Random(seed)
    return [
        {field: rng.sample([f"{field}{i}" for i in range(60)], rng.randint(0, most)) for field in TELLING}
        for _ in range(people)
    ]


def counted(people: PersonValues, told: Values, uids: list[int]) -> dict[str, dict[str, int]]:
    """What is counted, by value, of those that somebody has."""
    found = {}
    for column in COLUMNS:
        for field, counts in people.counts(column, np.array(uids, np.int64)).items():
            values = told.of_field(field)
            assert len(counts) == len(values)
            found[field] = {value: int(n) for value, n in zip(values, counts, strict=True) if n}
    return found


@pytest.mark.parametrize("most", [3, 40], ids=["in the record", "beyond it"])
def test_values_are_counted_as_they_were_written(most: int, tmp_path: Path) -> None:
    everybody = drawn(9_000, most, seed=most)
    people, told = write(tmp_path, [everybody[:5_000], [], everybody[5_000:]])
    rest = (tmp_path / rest_of("facets")).stat().st_size
    assert (rest > 0) == (most * 3 > WIDTHS["facets"])
    for uids in ([], [0], [8_999], list(range(0, 9_000, 7)), list(range(9_000))):
        found = counted(people, told, uids)
        for field in FIELDS:
            assert found[field] == Counter(value for uid in uids for value in everybody[uid].get(field, []))


def test_more_values_than_two_octets_hold(tmp_path: Path) -> None:
    everybody: list[Lists] = [{"tag": ["露营"], "term": [f"词{i}"]} for i in range(70_000)]
    people, told = write(tmp_path, [everybody])
    assert np.load(tmp_path / records_of("facets"), mmap_mode="r").dtype == np.uint32
    assert np.load(tmp_path / records_of("more_facets"), mmap_mode="r").dtype == np.uint16
    found = counted(people, told, [5, 69_999])
    assert (found["tag"], found["term"]) == ({"露营": 2}, {"词5": 1, "词69999": 1})


def test_what_people_have_stays_in_the_files(tmp_path: Path) -> None:
    people, _ = write(tmp_path, [drawn(100, 40, seed=1)])
    column = people._columns["facets"]
    assert column._rest is not None
    for part in (column._rest.indices, column._rest.indptr):
        assert part.dtype == np.int32
    for part in (column.records, column._rest.indices, column._rest.indptr):
        assert not part.flags.owndata


@pytest.mark.parametrize("name", [records_of("facets"), rest_of("facets"), rest_ends_of("facets")])
def test_files_of_another_index_are_refused(name: str, tmp_path: Path) -> None:
    (other := tmp_path / "other").mkdir()
    write(other, [drawn(50, 40, seed=1)])
    (mine := tmp_path / "mine").mkdir()
    _, told = write(mine, [drawn(60, 40, seed=2)])
    (mine / name).write_bytes((other / name).read_bytes())
    with pytest.raises(ValueError, match="damaged"):
        PersonValues(mine, told.numbers())


def test_what_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), PersonWriter(tmp_path, lambda field: []):
        raise OSError("the disk is full")
    assert list(tmp_path.iterdir()) == []
