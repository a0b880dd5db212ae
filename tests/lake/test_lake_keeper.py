"""Batches that a process of its own keeps: the same rows, counts and errors, and nothing lost with either process."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest
from lxml import html  # type: ignore[import-untyped]

from lake.gate import Gate
from lake.keeper import HereKeeper, ProcessKeeper
from lake.locks import Claim, writer_lock
from lake.raw import RawRows
from lake.runs import RunLog
from lake.store import Lake
from lake.writer import BatchWriter
from privacy import optouts
from privacy.errors import ConflictError, StorageError, UnavailableError
from privacy.home import Home
from tests.lake.writer_lab import AT, POLICY, assert_kept, killed_after_a_while, page

TABLES = ("posts", "accounts", "edges", "rejects", "names")


def writer(lake: Lake, acks: list[Any], **more: Any) -> BatchWriter:
    return BatchWriter(lake, Gate(lake.home, POLICY, "run1"), acks.extend, **{"fast_rows": 1, **more})


def child_of(open_writer: BatchWriter) -> subprocess.Popen[bytes]:
    keeper = cast(Any, open_writer)._keeper
    assert isinstance(keeper, ProcessKeeper)
    return keeper._child


def hard_page() -> RawRows:
    """A page with rows that are refused, an author who is withheld, a mention, and a text that lxml made."""
    rows = page(7)
    element: Any = html.fromstring("<p>打13812345678找我 @小明</p>")
    rows.posts[0]["text"] = element.xpath("string()")
    assert type(rows.posts[0]["text"]) is not str
    rows.posts.append({"native_id": "9"})
    rows.posts.append({**rows.posts[1], "native_id": "8", "author_native_id": "b", "author_noindex": True})
    rows.accounts.append({"native_id": "c", "bio": "好", "registered_at": AT})
    rows.rejects.append({"table": "posts", "reason": "odd", "row": {"body": b"\xff", "at": AT}})
    return rows


def told(home: Home, fast_rows: int) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """What lies in the lake after a hard page and a plain one, and the run's row."""
    lake, run = Lake(home), RunLog(Lake(home), "run1", "crawl", "discourse", POLICY)
    key = home.key_file
    key.parent.mkdir(parents=True, mode=0o700)
    key.write_bytes(bytes(32))
    key.chmod(0o600)
    with writer(lake, [], run=run, fast_rows=fast_rows) as open_writer:
        open_writer.add(hard_page(), 1)
        open_writer.flush()
        open_writer.add(page(8), 2)
        open_writer.flush()
    run.write("ok", "done")
    rows = {name: lake.read(name).drop("collected_at").sort(pl.all()).rows() for name in TABLES}
    (row,) = lake.read("runs").drop("started_at", "ended_at", "at").to_dicts()
    return rows, row


def test_a_process_of_its_own_keeps_and_tells_the_same(tmp_path: Path) -> None:
    here, apart = told(Home(tmp_path / "here"), 10_000), told(Home(tmp_path / "apart"), 1)
    assert apart == here
    assert here[1]["rejected"] == 2
    assert json.loads(here[1]["decisions"])["optout/posts"] == 1
    withheld = [optouts.blocked(Home(tmp_path / name)) for name in ("here", "apart")]
    assert withheld[0] == withheld[1] != frozenset()


def test_only_batches_that_come_fast_get_a_process(lake: Lake) -> None:
    with writer(lake, [], fast_rows=4, seconds=1000) as open_writer:
        open_writer.add(page(1), 1)
        open_writer.flush()
        assert isinstance(cast(Any, open_writer)._keeper, HereKeeper)
        open_writer.add(page(2, posts=4), 2)
        open_writer.flush()
        child = child_of(open_writer)
        open_writer.add(page(3), 3)
    assert child.returncode == 0
    assert lake.read("posts").height == 10


def test_an_error_of_the_process_is_raised_here_and_nothing_is_acknowledged(lake: Lake) -> None:
    acks: list[Any] = []
    lake.home.lake.mkdir(parents=True)
    (lake.home.lake / "posts").write_text("a file where the table should be")
    open_writer = writer(lake, acks)
    open_writer.add(page(1), 1)
    with pytest.raises(StorageError, match="posts") as caught:
        open_writer.flush()
    assert caught.value.hint
    with pytest.raises(StorageError):
        open_writer.close()
    assert acks == []
    (lake.home.lake / "posts").unlink()
    with writer(lake, acks) as again:
        again.add(page(1), 1)
    assert acks == [1]


def test_a_process_that_is_killed_is_told_of_and_the_source_let_go(lake: Lake) -> None:
    acks: list[Any] = []
    open_writer = writer(lake, acks, seconds=1000)
    open_writer.add(page(1), 1)
    open_writer.flush()
    child_of(open_writer).kill()
    open_writer.add(page(2), 2)
    with pytest.raises(UnavailableError, match="ended with code -9"):
        open_writer.flush()
    with pytest.raises(UnavailableError):
        open_writer.close()
    assert acks == [1]
    with writer(lake, acks) as again:
        again.add(page(2), 2)
    assert acks == [1, 2]
    assert lake.read("posts").height == 6


def test_a_signal_of_the_terminal_does_not_reach_it(lake: Lake) -> None:
    with writer(lake, [], seconds=1000) as open_writer:
        open_writer.add(page(1), 1)
        open_writer.flush()
        assert os.getpgid(child_of(open_writer).pid) != os.getpgid(0)


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_sigkill_ends_both_loses_no_acknowledged_row_and_frees_the_source(tmp_path: Path, kills: int) -> None:
    lake = Lake(Home(tmp_path / "h"))
    acknowledged: set[int] = set()
    for kill in range(kills):
        start = max(acknowledged, default=-1) + 1
        acknowledged |= killed_after_a_while(lake.home, start, 1, 0.01 * (kill * 5 % 11))
        wait_until_free(lake.home)
        assert_kept(lake, acknowledged)
    writer(lake, []).close()


def wait_until_free(home: Home) -> None:
    """The child ends with its parent, and its claim with it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            Claim(writer_lock(home, "s"), "writing").release()
        except ConflictError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the claim still stands")
