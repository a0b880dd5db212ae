from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest

from lake.gate import Gate
from lake.raw import RawRows
from lake.runs import RunLog
from lake.store import Lake
from lake.writer import BatchWriter
from privacy.errors import ConflictError, StorageError
from privacy.home import Home
from privacy.policies import ALL_FIELDS, Policy
from privacy.pseudonyms import Pseudonyms

POLICY = Policy(
    source="s",
    base_url="http://s.example",
    kind="discourse",
    legal_basis="public",
    fields=ALL_FIELDS,
    terms_url="http://s.example/tos",
)
AT = datetime(2026, 8, 1, tzinfo=UTC)


def page(number: int, posts: int = 3) -> RawRows:
    rows = [
        {
            "native_id": f"{number}-{n}",
            "author_native_id": "小明",
            "author_handle": "小明",
            "created_at": AT,
            "text": "好",
        }
        for n in range(posts)
    ]
    return RawRows(posts=cast(Any, rows))


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


WRITE_FOREVER = """
import itertools, sys
sys.path.insert(0, sys.argv[3])
from test_lake_writer import POLICY, page
from lake.gate import Gate
from lake.store import Lake
from lake.writer import BatchWriter
from privacy.home import Home
lake = Lake(Home.find(sys.argv[1]))
def acknowledge(batch):
    for ack in batch:
        sys.stdout.write(f"{ack}\\n")
    sys.stdout.flush()
writer = BatchWriter(lake, Gate(lake.home, POLICY, "run"), acknowledge, rows=60, seconds=0.05)
for number in itertools.count(int(sys.argv[2])):
    writer.add(page(number), number)
"""


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_sigkill_loses_no_acknowledged_row_and_frees_the_home(tmp_path: Path, kills: int) -> None:
    lake = Lake(Home(tmp_path / "h"))
    acknowledged: set[int] = set()
    for kill in range(kills):
        start = max(acknowledged, default=-1) + 1
        here = str(Path(__file__).parent)
        child = subprocess.Popen(
            [sys.executable, "-c", WRITE_FOREVER, str(lake.home.root), str(start), here],
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        acknowledged |= {int(child.stdout.readline()) for _ in range(60)}
        time.sleep(0.01 * (kill * 5 % 11))
        child.send_signal(signal.SIGKILL)
        acknowledged |= {int(line) for line in child.stdout.read().split(b"\n")[:-1]}
        child.wait()
        ids = Pseudonyms.open(lake.home).posts(
            "s", [f"{number}-{n}" for number in acknowledged for n in range(3)]
        )
        stored = lake.read("posts", ["id"])["id"]
        assert set(ids) <= set(stored)
        assert stored.n_unique() == stored.len()
        names = lake.read("names").filter(pl.col("kind") == "post")["id"]
        assert set(stored) <= set(names)  # names first: whatever is stored can be found again and erased
    writer(lake, []).close()
