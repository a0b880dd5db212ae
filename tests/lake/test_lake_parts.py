"""Appends whose files Arrow writes and Delta's log then names: read, joined, expired and left out as all others."""

from __future__ import annotations

import errno
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from lake import upkeep
from lake.files import TableFiles
from lake.store import Lake
from privacy.errors import StorageError

if TYPE_CHECKING:
    from tests.lake.conftest import Make

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)


def files(lake: Lake, name: str) -> set[Path]:
    return set(lake.path(name).rglob("*.parquet"))


def append_posts(lake: Lake, make: Make, start: int, **more: list[Any]) -> None:
    ids = [f"p{start + number}" for number in range(4)]
    columns: dict[str, list[Any]] = {
        "text": ["山", None, "", "河"],
        "hashtags": [["春", "夏"], [], None, ["秋"]],
        "likes": [1, None, 3, 2**40],
        "searchable": [True, False, None, True],
        "created_at": [NOON, NOON, None, NOON + timedelta(microseconds=1)],
        "month": ["2026-07", "2026-08", "2026-07", "2026-08"],
        "source": ["s", "s", "t", "t"],
    }
    lake.append({"posts": make("posts", id=ids, **columns | more)})


def test_every_kind_of_column_comes_back_from_each_partition(lake: Lake, make: Make) -> None:
    append_posts(lake, make, 0)  # makes the table
    append_posts(lake, make, 4)
    assert len(files(lake, "posts")) == 8, "four partitions, twice"
    rows = lake.read("posts").drop("id").rows()
    assert sorted(map(str, rows)) == sorted(map(str, [*rows[:4], *rows[:4]]))
    assert lake.version("posts") == 1
    assert int(TableFiles(lake.home, "posts").open().count()) == 8
    assert lake.read("posts", ["id"], since_version=0)["id"].sort().to_list() == ["p4", "p5", "p6", "p7"]
    upkeep.merge(lake.home, "posts")
    assert len(files(lake, "posts")) == 4
    assert sorted(map(str, lake.read("posts").drop("id").rows())) == sorted(map(str, rows))


@pytest.mark.parametrize("runs", [0, 3, 1000])
def test_rows_in_any_order_get_to_their_partitions_in_that_order(
    lake: Lake, make: Make, monkeypatch: pytest.MonkeyPatch, runs: int
) -> None:
    monkeypatch.setattr("lake.parts._RUNS", runs)
    months = ["2026-08", "2026-08", "2026-07", "2026-08", "2026-07", "2026-09"]
    for batch in range(2):
        ids = [f"p{batch}{place}" for place in range(len(months))]
        lake.append({"posts": make("posts", id=ids, month=months, source=["s"] * len(months))})
    for month in set(months):
        written = sorted(
            lake.path("posts").rglob(f"month={month}/*.parquet"), key=lambda file: file.stat().st_mtime_ns
        )
        found = [pq.read_table(file, partitioning=None)["id"].to_pylist() for file in written]
        assert found == [
            [f"p{batch}{place}" for place, one in enumerate(months) if one == month] for batch in range(2)
        ]


def test_rows_without_a_partition_value_are_left_to_delta(lake: Lake, make: Make) -> None:
    for batch in range(2):
        lake.append({"posts": make("posts", id=[f"p{batch}"], month=[None], source=["s"])})
    assert lake.read("posts")["id"].sort().to_list() == ["p0", "p1"]


def test_a_partition_that_no_path_holds_as_it_is_is_left_to_delta(lake: Lake, make: Make) -> None:
    for version, name in enumerate(("露营 people", "a/b", "露营 people")):
        rows = make("segment_members", segment=[name], version=[version], person_id=["u1"])
        lake.append({"segment_members": rows})
    assert lake.read("segment_members", ["segment"])["segment"].to_list() == [
        "露营 people",
        "a/b",
        "露营 people",
    ]


def test_a_write_that_fails_leaves_the_table_and_no_file(
    lake: Lake, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_posts(lake, make, 0)
    before, write = files(lake, "posts"), pq.write_table

    def full(rows: Any, path: Path, **how: Any) -> None:
        write(rows, path, **how)
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(StorageError, match="No space left"):
        append_posts(lake, make, 4)
    monkeypatch.undo()
    assert files(lake, "posts") == before
    append_posts(lake, make, 4)
    assert lake.read("posts").height == 8


def test_rows_expire_to_the_microsecond_and_the_log_tells_where_they_are(lake: Lake, make: Make) -> None:
    append_posts(lake, make, 0, collected_at=[NOON - timedelta(days=9)] * 4)
    moments = [NOON + timedelta(microseconds=wait) for wait in (0, 999, 1000, 1001)]
    append_posts(lake, make, 4, collected_at=moments, source=["s"] * 4)
    added = pl.DataFrame(TableFiles(lake.home, "posts").open().get_add_actions(flatten=True))
    newest = added.filter(pl.col("min.collected_at") >= NOON)
    assert newest.height == 2
    assert newest["max.collected_at"].max() == NOON + timedelta(milliseconds=2)
    assert upkeep.expire(lake.home, "posts", "s", moments[2]) == 2 + 2
    kept = lake.read("posts", ["id"], where=pl.col("source") == "s")["id"]
    assert kept.sort().to_list() == ["p6", "p7"]
