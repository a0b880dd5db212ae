"""Refused rows taken again: what passes leaves the rejects, what does not stays with the reason of today."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from crawlers.again import let_go, put_back, waiting
from crawlers.protocols.page import Ask
from crawlers.retry import CRAWL_AGAIN, IMPORT_AGAIN, NO_POLICY, retry
from lake.gate import Gate
from lake.locks import Claim
from lake.raw import RawRows
from lake.runs import RunLog
from lake.store import Lake
from privacy import optouts
from privacy.errors import ConflictError
from privacy.home import Home
from privacy.policies import Policy, add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, ids, job, policy

Start = Callable[[Answer], Faulty]
QUICK = ("retries=0", "backoff=0.01", "timeout=5")
DAY = datetime(2026, 6, 1, tzinfo=UTC)
LONG = "字" * 100_001


def post(native_id: str, **more: Any) -> Any:
    return {"native_id": native_id, "author_native_id": "7", "created_at": DAY, "text": "hello", **more}


def refuse(
    home: Home, rows: RawRows, at: datetime = DAY + timedelta(days=1), kind: str = "crawl", run_id: str = "r1"
) -> Policy:
    """Rows through the gate as a run of some day wrote them, with its row in runs."""
    entry = policy("s", "http://127.0.0.1:9", "mastodon")
    add_policy(home, entry)
    lake = Lake(home)
    log = RunLog(lake, run_id, kind, "mastodon", entry)
    clean = Gate(home, entry, run_id, clock=lambda: at).admit(rows)
    lake.append(clean.tables)
    log.note(clean)
    log.write("ok")
    return entry


def reasons(home: Home) -> list[str]:
    return sorted(Lake(home).read("rejects")["reason"].to_list())


def test_rows_that_pass_now_are_written_and_leave(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = RawRows(
        posts=[post("1", text=LONG), post("2", author_native_id=None), post("3")],
        accounts=[{"handle": "nobody"}],
        edges=[{"src_native_id": "7", "dst_native_id": "8", "kind": "likes"}],
    )
    refuse(home, rows)
    assert len(reasons(home)) == 4
    monkeypatch.setattr("lake.columns.MAX_TEXT", 200_000)
    report = retry(home)
    assert (report.taken, report.passed, report.put_back) == (4, 1, 0)
    assert report.refused.total() == 3
    assert len(ids(home)) == 2
    assert len(reasons(home)) == 3
    (row,) = Lake(home).read("posts", where=pl.col("text").str.len_chars() > 1000).to_dicts()
    assert row["created_at"] == DAY
    assert row["collected_at"] == DAY + timedelta(days=1), "it was collected then, not today"
    run = Lake(home).read("runs", where=pl.col("kind") == "retry").to_dicts()
    assert [(one["status"], one["rows"], one["rejected"], one["new"]) for one in run] == [("ok", 1, 3, 1)]
    again = retry(home)
    assert (again.taken, again.passed) == (3, 0)
    assert len(reasons(home)) == 3, "refused for the same reason it is the same reject"


def test_only_the_reason_or_source_asked_for(home: Home) -> None:
    refuse(home, RawRows(posts=[post("1", text=LONG), post("2", created_at=None)]))
    assert len(reasons(home)) == 2
    chosen = reasons(home)[0]
    assert retry(home, reason=chosen).taken == 1
    assert retry(home, source="other").taken == 0
    assert retry(home, source="s").taken == 2


def test_what_was_collected_since_stands(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(home, RawRows(posts=[post("1", text=LONG)]))
    refuse(home, RawRows(posts=[post("1", text="edited")]), at=DAY + timedelta(days=2), run_id="r2")
    monkeypatch.setattr("lake.columns.MAX_TEXT", 200_000)
    assert retry(home).passed == 1
    assert Lake(home).read("posts")["text"].to_list() == ["edited"]


def test_an_account_that_opted_out_since_does_not_come_back(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(home, RawRows(posts=[post("1", text=LONG)]))
    optouts.block(home, [Pseudonyms.open(home).account("s", "7")])
    monkeypatch.setattr("lake.columns.MAX_TEXT", 200_000)
    assert retry(home).taken == 0
    assert ids(home) == []


def status(**more: Any) -> str:
    account = {"id": "7", "acct": "amy", "following_count": 0}
    return json.dumps(
        {"id": "1", "created_at": "2026-01-02T03:04:05Z", "account": account, "content": "<p>hi</p>", **more}
    )


def test_items_are_read_again_by_the_parser_that_refused_them(home: Home) -> None:
    def item(table: str, text: str) -> Any:
        return {
            "table": table,
            "reason": "the parser of that day",
            "row": {"author_native_id": "7", "item": text},
        }

    broken = status(created_at="soon")
    rejects = [
        item("posts", status()),  # passes: the parser was mended
        item("posts", broken),  # is refused again
        item("posts", status()[:-20]),  # was kept cut off
        item("keywords", "{}"),  # nothing reads it without its page
        {"table": "posts", "reason": "a line", "row": "1,2,3"},
    ]
    refuse(home, RawRows(rejects=rejects))
    report = retry(home)
    assert (report.taken, report.passed) == (5, 1)
    assert dict(report.refused) == {"the status has no usable created_at": 1}
    assert dict(report.kept) == {CRAWL_AGAIN: 3}
    assert len(ids(home)) == 1
    assert reasons(home) == [
        "a line",
        "the parser of that day",
        "the parser of that day",
        "the status has no usable created_at",
    ]


def test_lines_of_files_and_sources_without_policy_are_said(home: Home) -> None:
    refuse(home, RawRows(posts=[post("1", text=LONG)]), kind="import")
    assert dict(retry(home).kept) == {IMPORT_AGAIN: 1}
    home.sources.write_text("")
    assert dict(retry(home).kept) == {NO_POLICY: 1}
    assert len(reasons(home)) == 1


def test_a_source_that_is_being_written_is_left_alone(home: Home) -> None:
    entry = refuse(home, RawRows(posts=[post("1", text=LONG)]))
    claim = Claim(Lake(home).claim(entry.source), "crawling")
    with pytest.raises(ConflictError, match="Process"):
        retry(home)
    claim.release()
    assert retry(home).taken == 1


def test_pages_are_asked_for_again_by_the_next_crawl(faulty: Start, home: Home) -> None:
    broken = threading.Event()
    broken.set()

    def answer(visit: Visit) -> None:
        if visit.path == "/robots.txt":
            visit.give(b"", headers={"Content-Type": "text/plain"})
        elif "following" in visit.path:
            listed = json.dumps([{"id": "8", "acct": "bob", "following_count": 0}])
            visit.give(b"", 500) if broken.is_set() else visit.give(listed.encode())
        elif "public" in visit.path and not server.seen.count(visit.path) > 1:
            account = {"id": "7", "acct": "amy", "following_count": 1}
            visit.give(f"[{status(account=account)}]".encode())
        else:
            visit.give(b"[]")

    server = faulty(answer)
    add_policy(home, policy("s", server.url, "mastodon"))
    first = job(home, "mastodon", *QUICK, source="s")[1]
    assert first["status"] == "truncated"
    assert "renqun rejects retry" in first["message"]
    assert reasons(home) == ["the source answered 500"]
    report = retry(home)
    assert (report.taken, report.put_back) == (1, 1)
    assert reasons(home) == []
    assert len(waiting(home, "mastodon", "s")) == 1
    broken.clear()
    second = job(home, "mastodon", *QUICK, source="s")[1]
    assert second["status"] == "ok"
    assert Lake(home).read("edges", ["kind"])["kind"].to_list() == ["follow"], (
        "asked with what its parser needs"
    )
    assert waiting(home, "mastodon", "s") == []


def test_what_is_put_back_is_kept_once_and_only_its_owner_may_read_it(home: Home) -> None:
    ask = Ask("http://h/u/amy", "user", {"username": "amy"}, 5, ("user:amy", "1"))
    put_back(home, "discourse", "s", [ask])
    put_back(home, "discourse", "s", [ask, Ask("http://h/u/bob", "user")])
    assert waiting(home, "discourse", "s") == [ask, Ask("http://h/u/bob", "user")]
    assert (home.vault / "again").stat().st_mode & 0o077 == 0
    let_go(home, "discourse", "s")
    let_go(home, "discourse", "s")
    assert waiting(home, "discourse", "s") == []
