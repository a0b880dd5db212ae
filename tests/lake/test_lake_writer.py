from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lake.gate import Gate
from lake.raw import RawRows
from lake.runs import RunLog
from lake.store import Lake
from lake.writer import FLUSH_ROWS, BatchWriter
from privacy.errors import ConflictError, StorageError
from privacy.home import Home
from tests.lake.writer_lab import POLICY, assert_kept, killed_after_a_while, page


def writer(lake: Lake, acks: list[Any], **more: Any) -> BatchWriter:
    return BatchWriter(lake, Gate(lake.home, POLICY, "run1"), acks.extend, **more)


def test_acknowledges_after_the_commit_in_order(lake: Lake) -> None:
    acks: list[Any] = []
    seen: list[int] = []

    def committed(batch: list[Any]) -> None:
        seen.append(lake.read("posts").height)
        acks.extend(batch)

    with BatchWriter(lake, Gate(lake.home, POLICY, "run1"), committed, rows=10) as open_writer:
        for number in range(9):
            open_writer.add(page(number), number)
        open_writer.add(RawRows(), "empty page")
    assert acks == [*range(9), "empty page"]
    assert seen == sorted(seen)
    assert seen[0] >= 3
    assert lake.read("posts").height == 27
    assert open_writer.counts["posts"] == 27
    assert len(list(lake.path("posts").rglob("*.parquet"))) == 1


def test_writes_after_some_seconds_without_being_asked(lake: Lake) -> None:
    acks: list[Any] = []
    open_writer = writer(lake, acks, seconds=0.2)
    open_writer.add(page(1), 1)
    deadline = time.monotonic() + 10
    while not acks and time.monotonic() < deadline:
        time.sleep(0.02)
    assert acks == [1]
    assert lake.read("posts").height == 3
    open_writer.close()


def test_flush_waits_until_it_is_on_disk(lake: Lake) -> None:
    acks: list[Any] = []
    with writer(lake, acks, seconds=1000) as open_writer:
        open_writer.flush()
        open_writer.add(page(1), 1)
        assert acks == []
        open_writer.flush()
        assert acks == [1]


def test_files_are_merged_on_the_way_and_tidied_at_the_end(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def files() -> list[int]:
        return [pl.read_parquet(file).height for file in lake.path("posts").rglob("*.parquet")]

    monkeypatch.setattr("lake.writer.MERGE_EVERY", 3)
    with writer(lake, [], seconds=1000) as open_writer:
        for _ in range(4):
            open_writer.add(page(1), 1)
            open_writer.flush()
        assert sorted(files()) == [3, 9], "three flushes in one file, the same posts each time"
    assert files() == [3]
    open_writer.close()


def test_a_second_writer_is_told_who_writes(lake: Lake) -> None:
    first = writer(lake, [])
    with pytest.raises(ConflictError, match=r"Process \d+ is writing"):
        writer(lake, [])
    first.close()
    writer(lake, []).close()


def test_an_error_in_the_thread_is_raised_by_the_next_call_and_nothing_is_acknowledged(lake: Lake) -> None:
    acks: list[Any] = []
    lake.home.lake.mkdir(parents=True)
    (lake.home.lake / "posts").write_text("a file where the table should be")
    open_writer = writer(lake, acks, rows=1)
    open_writer.add(page(1), 1)
    with pytest.raises(StorageError, match="posts"):
        open_writer.flush()
    with pytest.raises(StorageError):
        open_writer.add(page(2), 2)
    with pytest.raises(StorageError):
        open_writer.close()
    assert acks == []
    (lake.home.lake / "posts").unlink()
    with writer(lake, acks) as again:  # the home was let go, and works again
        again.add(page(1), 1)
    assert acks == [1]


def test_an_error_in_the_acknowledgement_surfaces_too(lake: Lake) -> None:
    def broken(_: list[Any]) -> None:
        raise OSError("frontier is gone")

    open_writer = BatchWriter(lake, Gate(lake.home, POLICY, "r"), broken, rows=1)
    open_writer.add(page(1), 1)
    with pytest.raises(OSError, match="frontier"):
        open_writer.close()


def test_the_run_row_tells_how_it_went(lake: Lake) -> None:
    run = RunLog(lake, "run1", "crawl", "discourse", POLICY)
    with writer(lake, [], run=run) as open_writer:
        run.add(asked=2, fetched=1, forbidden=1)
        open_writer.add(page(1), 1)
        bad: Any = {"native_id": "9"}
        open_writer.add(RawRows(posts=[bad]), 2)
    run.write("ok", "done")
    (row,) = lake.read("runs").to_dicts()
    assert (row["asked"], row["fetched"], row["forbidden"], row["rows"], row["rejected"]) == (2, 1, 1, 3, 1)
    assert (row["status"], row["message"], row["policy_id"]) == ("ok", "done", POLICY.id)
    assert row["ended_at"] >= row["started_at"]
    completeness = json.loads(row["completeness"])
    assert (completeness["posts.text"], completeness["posts.title"]) == (1.0, 0.0)
    with pytest.raises(ValueError, match="no count"):
        run.add(lost=1)


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_sigkill_loses_no_acknowledged_row_and_frees_the_home(tmp_path: Path, kills: int) -> None:
    lake = Lake(Home(tmp_path / "h"))
    acknowledged: set[int] = set()
    for kill in range(kills):
        start = max(acknowledged, default=-1) + 1
        acknowledged |= killed_after_a_while(lake.home, start, FLUSH_ROWS, 0.01 * (kill * 5 % 11))
        assert_kept(lake, acknowledged)
    writer(lake, []).close()
