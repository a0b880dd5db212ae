"""What a run is found to be beside the earlier ones: new and updated posts, fields that vanish, decisions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest

from lake import newness, upkeep
from lake.completeness import compare
from lake.gate import Gate
from lake.locks import Claim
from lake.newness import new_and_updated
from lake.raw import RawPost, RawRows
from lake.runs import RunLog
from lake.store import Lake
from lake.writer import BatchWriter
from privacy.home import Home
from privacy.policies import Policy

AT = datetime(2026, 7, 1, tzinfo=UTC)


def policy(source: str = "forum") -> Policy:
    return Policy(
        source=source, base_url=f"http://{source}", kind="discourse", legal_basis="a test", licence_url="test:",
        fields=("posts.*", "accounts.*", "edges.*"),
    )  # fmt: skip


def post(number: int, text: str | None = "hello", month: int = 0, **more: Any) -> RawPost:
    at = AT + timedelta(days=31 * month)
    row = {"native_id": str(number), "author_native_id": "amy", "created_at": at, "text": text}
    return cast(RawPost, row | more)


def run(
    home: Home, run_id: str, rows: Sequence[RawPost], source: str = "forum", tidy: bool = True, flush: int = 2
) -> dict[str, Any]:
    """One run to its end, in flushes of some rows; its row."""
    lake = Lake(home)
    log = RunLog(lake, run_id, "crawl", "discourse", policy(source))
    with BatchWriter(
        lake, Gate(home, policy(source), run_id), lambda acks: None, rows=flush, run=log
    ) as writer:
        for row in rows:
            writer.add(RawRows(posts=[row]), None)
        writer.flush()
        log.write("ok", "done.")
        if not tidy:
            writer.close(tidy=False)
    (written,) = lake.read("runs", where=pl.col("run_id") == run_id).to_dicts()
    return written


@pytest.mark.parametrize("tidy", [True, False])
def test_new_and_updated_posts(tmp_path: Path, tidy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newness, "_PART", 3)  # so that ids are taken in several parts
    monkeypatch.setattr(newness, "_COUNTED", 4)
    home = Home(tmp_path / "home")
    first = run(home, "r1", [post(n) for n in range(6)], tidy=tidy)
    assert (first["new"], first["updated"]) == (6, 0)
    rows = [
        post(0),
        post(1, likes=9),
        post(2, "edited"),
        post(3, hashtags=["new"]),
        post(7),
        post(7),
        post(8, month=-1),
    ]
    second = run(home, "r2", rows, tidy=tidy)
    assert (second["new"], second["updated"]) == (2, 2), "likes make no post another; one seen twice is one"
    third = run(home, "r3", [post(2, "edited"), post(2, "twice"), post(2, "edited"), post(9)], tidy=tidy)
    assert (third["new"], third["updated"]) == (1, 0), "what it says in the end is what it said"
    elsewhere = run(home, "r4", [post(0)], source="other", tidy=tidy)
    assert (elsewhere["new"], elsewhere["updated"]) == (1, 0), "ids of another source are others"


def test_a_run_without_posts_has_none_new(tmp_path: Path) -> None:
    row = run(Home(tmp_path / "home"), "r1", [])
    assert (row["new"], row["updated"], row["rows"]) == (0, 0, 0)


HOLD = """
import sys
from pathlib import Path
from lake.locks import Claim
claim = Claim(Path(sys.argv[1]), "writing")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_run_that_ends_leaves_the_earlier_rows_of_one_that_goes_on(tmp_path: Path) -> None:
    """Tidying resolves latest-wins: it waits until the last of the writers has ended."""
    home = Home(tmp_path / "home")
    lake = Lake(home)
    run(home, "r1", [post(0), post(1)])
    log = RunLog(lake, "slow", "crawl", "discourse", policy())
    slow = BatchWriter(lake, Gate(home, policy(), "slow"), lambda acks: None, run=log)
    slow.add(RawRows(posts=[post(0, "edited"), post(5)]), None)
    slow.flush()
    run(home, "fast", [post(0)], source="other")
    log.write("ok")
    slow.close()
    row = lake.read("runs", where=pl.col("run_id") == "slow").to_dicts()[0]
    assert (row["new"], row["updated"]) == (1, 1)
    assert lake.scan("posts").select(pl.len()).collect().item() == 4, "the last one tidied"


def test_whether_a_claim_is_held_is_told_across_processes(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "writer.lock"
    assert not Claim.is_held(path)
    path.parent.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert Claim.is_held(path)
        assert child.stdin is not None
        child.stdin.close()
        child.wait()
    assert not Claim.is_held(path)


def test_a_field_that_vanishes_is_warned_of(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    for number in range(3):
        filled = run(home, f"r{number}", [post(10 * number + n, title="t", hashtags=["a"]) for n in range(4)])
        assert (json.loads(filled["warnings"]), filled["message"]) == ([], "done.")
    half = [post(40 + n, title="t" if n else None, hashtags=["a"] if n > 2 else []) for n in range(4)]
    row = run(home, "late", half)
    told = {warning.split()[0] for warning in json.loads(row["warnings"])}
    assert told == {"posts.title", "posts.hashtags"}, "25 points and 75 points"
    assert row["message"].startswith(
        "done. Warning: posts.hashtags is filled in 25% of the rows, usually in 100%."
    )
    assert "\n" not in row["message"]


def test_the_median_of_the_last_ten_counts() -> None:
    before = [{"posts.title": share} for share in (*[0.5] * 6, *[1.0] * 4, *[0.0] * 90)]
    many = {"posts": 1000}
    (field,) = compare({"posts.title": 0.31}, before, many)
    assert (field.usual, field.fell) == (0.5, False)
    (field,) = compare({"posts.title": 0.29}, before, many)
    assert field.fell
    (unknown,) = compare({"posts.board": 0.0}, before, many)
    assert (unknown.usual, unknown.fell) == (None, False)


@pytest.mark.parametrize(
    ("share", "usual", "rows", "fell"),
    [
        (0.0, 1.0, 3, False),
        (0.0, 1.0, 4, True),
        (0.0, 0.4, 5, False),
        (0.0, 0.4, 6, True),
        (0.25, 0.5, 12, False),
        (0.7, 0.9, 1000, False),
    ],
)
def test_a_run_that_read_little_is_not_warned_of_by_chance(
    share: float, usual: float, rows: int, fell: bool
) -> None:
    (field,) = compare({"edges.post_id": share}, [{"edges.post_id": usual}], {"edges": rows})
    assert field.fell is fell


def test_decisions_of_the_gate_and_of_the_crawl_are_kept_together(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    lake = Lake(home)
    log = RunLog(lake, "r1", "crawl", "discourse", policy())
    rows = RawRows(
        posts=[post(1), post(2, visibility="private")],
        accounts=[
            {"native_id": "amy", "hide_collections": True},
            {"native_id": "bob", "noindex": True},
            {"native_id": "cho", "profile_hidden": True},
        ],
    )
    log.note(Gate(home, policy(), "r1").admit(rows))
    log.decide({"robotstxt/forbidden": 2, "pace/waited_seconds": 1.6})
    log.decide({"robotstxt/forbidden": 1})
    log.write("ok")
    assert json.loads(lake.read("runs")["decisions"].item()) == {
        "optout/hide_collections": 1, "optout/noindex": 1, "optout/not_public": 1, "optout/profile_hidden": 1,
        "pace/waited_seconds": 2, "robotstxt/forbidden": 3,
    }  # fmt: skip


def test_counting_what_is_new_reads_again_when_files_go_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    lake = Lake(home)
    run(home, "r1", [post(n) for n in range(4)], tidy=False)
    scan, stale = lake.scan, [lake.scan("posts")]
    upkeep.compact(lake.home, "posts")
    monkeypatch.setattr(lake, "scan", lambda name: stale.pop() if stale else scan(name))
    assert new_and_updated(lake, "r1", "forum", {"2026-07"}) == (4, 0)
    assert not stale
