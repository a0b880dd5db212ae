"""What lies beside the Tantivy index: member rows read where they lie, values of facets as numbers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from audience.engines.account_places import AccountPlaces, AccountWriter
from audience.engines.base import FACET_FIELDS, TERM_FIELD
from audience.engines.member_rows import MemberRows, RowWriter
from audience.engines.stores import TantivyStore
from audience.engines.tantivy_files import BESIDE, COLUMNS
from audience.engines.tantivy_index import between, packed
from audience.engines.tantivy_values import Values, ValueWriter
from audience.errors import NotMinedError
from tests.audience.elastic_people import some_batches

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


def test_every_field_stands_in_one_column() -> None:
    held = [name for fields in COLUMNS.values() for name in fields]
    assert sorted(held) == sorted((*FACET_FIELDS, TERM_FIELD))


def test_numbers_stand_for_the_same_value_in_every_batch(tmp_path: Path) -> None:
    lists: dict[str, list[list[str]]] = {name: [[], []] for name in (*FACET_FIELDS, TERM_FIELD)}
    first = pl.DataFrame({**lists, "tag": [["露营", "咖啡"], []], "region": [["上海"], ["北京"]]}, _TYPES)
    second = pl.DataFrame({**lists, "tag": [["手机"], ["咖啡"]]}, _TYPES)
    values = ValueWriter()
    numbers = [values.codes(batch, "facets").to_list() for batch in (first, second)]
    values.write(tmp_path)
    told = Values(tmp_path).of_column("facets")
    back = [[[tuple(told[number]) for number in row] for row in batch] for batch in numbers]
    assert back == [
        [[("tag", "露营"), ("tag", "咖啡"), ("region", "上海")], [("region", "北京")]],
        [[("tag", "手机")], [("tag", "咖啡")]],
    ]


_TYPES = dict.fromkeys((*FACET_FIELDS, TERM_FIELD), pl.List(pl.String))


@pytest.mark.parametrize("name", BESIDE)
def test_an_index_without_one_of_its_files_is_damaged(name: str, tmp_path: Path) -> None:
    store = TantivyStore()
    assert store.write(tmp_path, some_batches) > 0
    assert store.is_whole(tmp_path)
    (tmp_path / "engine" / name).unlink()
    assert not store.is_whole(tmp_path)
    with pytest.raises(NotMinedError, match="damaged"):
        store.open(tmp_path)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(None, None, [7, 5, 0]), (5, None, [7, 5]), (None, 5, [5, 0]), (1, 6, [5]), (10**12, None, [])],
)
def test_places_between_two_numbers(low: int | None, high: int | None, found: list[int]) -> None:
    first, last = between(low, high)
    places = {packed(key, uid): key for uid, key in enumerate((7, 5, 0, -1))}
    assert [key for place, key in sorted(places.items()) if (first or 0) <= place <= last] == found


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
