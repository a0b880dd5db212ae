"""What lies beside the Tantivy index: member rows read where they lie, values and numbers of each person."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from audience.engines.account_places import AccountPlaces, AccountWriter
from audience.engines.base import COUNTED_FIELDS, Scope
from audience.engines.member_rows import MemberRows, RowWriter
from audience.engines.person_numbers import UNKNOWN, NumberWriter, PersonNumbers
from audience.engines.stores import TantivyStore
from audience.engines.tantivy_files import BESIDE, COLUMNS, NUMBERS
from audience.engines.tantivy_values import Values, ValueWriter
from audience.engines.terms import FIELDS
from audience.errors import NotMinedError
from audience.index.people import COLUMNS as PROFILE_COLUMNS
from audience.index.people import person_batches
from audience.query.model import AudienceQuery, Words
from tests.audience.elastic_people import PEOPLE, batches_then, some_batches

ROWS = ['{"a":"露营"}', "{}", '{"b":"x\\ny"}']


def test_rows_come_back_by_place(tmp_path: Path) -> None:
    with RowWriter(tmp_path) as writer:
        writer.add(pl.Series(ROWS[:2]))
        writer.add(pl.Series([], dtype=pl.String))
        writer.add(pl.Series(ROWS[2:]))
    rows = MemberRows(tmp_path)
    assert writer.written == len(rows) == 3
    assert [rows[uid].decode().strip() for uid in range(3)] == ROWS


def test_no_rows_at_all(tmp_path: Path) -> None:
    with RowWriter(tmp_path):
        pass
    assert len(MemberRows(tmp_path)) == 0


def test_cut_off_rows_are_refused(tmp_path: Path) -> None:
    with RowWriter(tmp_path) as writer:
        writer.add(pl.Series(ROWS))
    path = tmp_path / "rows.jsonl"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match="damaged"):
        MemberRows(tmp_path)


def test_every_counted_field_stands_in_one_column() -> None:
    held = [name for fields in COLUMNS.values() for name in fields]
    assert sorted(held) == sorted(COUNTED_FIELDS)


def test_numbers_stand_for_the_same_value_in_every_batch(tmp_path: Path) -> None:
    values = ValueWriter(FIELDS)
    batches = [pl.Series("tag", rows) for rows in ([["露营", "咖啡"], []], [["手机"], ["咖啡"]])]
    numbered = [values.numbered(lists) for lists in batches]
    values.write(tmp_path)
    told = Values(tmp_path).of_field("tag")
    assert [[told[number] for number in each.numbers] for each in numbered] == [
        ["露营", "咖啡"],
        ["手机", "咖啡"],
    ]
    assert [each.lengths.tolist() for each in numbered] == [[2, 0], [1, 1]]
    assert Values(tmp_path).of_field("region") == []


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    assert TantivyStore().write(folder, some_batches) > 0
    return folder


@pytest.mark.parametrize("name", BESIDE)
def test_an_index_without_one_of_its_files_is_damaged(name: str, written: Path, tmp_path: Path) -> None:
    store, folder = TantivyStore(), tmp_path / "copy"
    shutil.copytree(written, folder)
    assert store.is_whole(folder)
    (folder / "engine" / name).write_bytes(b"")
    with pytest.raises(NotMinedError, match="damaged"):
        store.open(folder)
    (folder / "engine" / name).unlink()
    assert not store.is_whole(folder)
    with pytest.raises(NotMinedError, match="damaged"):
        store.open(folder)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        *((None, None, [0, 1, 2]), (0, None, [0, 1, 2]), (5, None, [0, 1]), (None, 5, [1, 2]), (1, 6, [1])),
        *((10**12, None, []), (-5, -1, [])),
    ],
)
def test_people_between_two_numbers(
    low: int | None, high: int | None, found: list[int], tmp_path: Path
) -> None:
    writer = NumberWriter()
    for followers in ([7, 5], [0, None]):
        writer.add(
            pl.DataFrame({"followers": followers}).select(pl.col("followers").alias(n) for n in NUMBERS)
        )
    writer.write(tmp_path)
    numbers = PersonNumbers(tmp_path)
    assert numbers.of("followers").tolist() == [7, 5, 0, UNKNOWN]
    assert list(numbers.between("followers", low, high)) == found


def test_accounts_lead_to_their_persons(tmp_path: Path) -> None:
    writer = AccountWriter()
    writer.add(pl.Series([0, 1]), pl.Series([["u2", "u10"], ["u1"]]))
    writer.add(pl.Series([2]), pl.Series([["u3", "u1"]]))
    writer.write(tmp_path)
    places = AccountPlaces(tmp_path)
    assert places.uids(["u10", "u2", "nobody"]).tolist() == [0]
    assert places.uids(["u1", "u" * 99]).tolist() == [1, 2]
    assert places.uids([]).tolist() == []


def test_nobody_has_an_account(tmp_path: Path) -> None:
    AccountWriter().write(tmp_path)
    assert AccountPlaces(tmp_path).uids(["u1"]).tolist() == []


def test_an_index_of_nobody_finds_nobody(tmp_path: Path) -> None:
    store = TantivyStore()
    assert (
        store.write(
            tmp_path, lambda: person_batches(pl.DataFrame(schema=PROFILE_COLUMNS), lambda value: False)
        )
        == 0
    )
    engine, scope = store.open(tmp_path), Scope(datetime(2026, 8, 1, tzinfo=UTC), str.split)
    everybody, phrase = AudienceQuery(), AudienceQuery(all=(Words(field="words", value="a b", phrase=True),))
    assert (engine.persons, engine.count(everybody, scope), engine.count(phrase, scope)) == (0, 0, 0)
    assert engine.search(everybody, scope, 5) == engine.search(phrase, scope, 5) == []
    assert engine.facets(everybody, scope, ("tag",), 5) == {"tag": {}}
    assert not engine.signature(everybody, scope).any()


def test_what_breaks_off_halfway_leaves_a_folder_that_can_go(tmp_path: Path) -> None:
    def stop() -> None:
        raise OSError("the disk is full")

    store, folder = TantivyStore(), tmp_path / "index"
    with pytest.raises(OSError, match="full"):
        store.write(folder, batches_then(3, stop))
    assert not store.is_whole(folder)
    shutil.rmtree(folder)
    assert store.write(folder, some_batches) == PEOPLE
    assert store.is_whole(folder)
