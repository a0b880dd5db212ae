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
from lake.locks import Claim, writer_lock
from lake.raw import RawRows
from lake.runs import RunLog
from lake.store import Lake
from privacy import optouts
from privacy.errors import ConflictError
from privacy.home import Home
from privacy.policies import Policy, add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, ids, job, policy
from tests.crawlers.source_samples import SAMPLES
from tests.crawlers.weibo_api import TOKEN

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
    line: Any = {"table": "posts", "reason": "no time", "row": {"author_native_id": "7", "微博id": "1"}}
    refuse(home, RawRows(rejects=[line]), kind="import")
    assert dict(retry(home).kept) == {f"{IMPORT_AGAIN} renqun import mastodon PATH": 1}
    home.sources.write_text("")
    assert dict(retry(home).kept) == {NO_POLICY: 1}
    assert len(reasons(home)) == 1


def test_rows_of_an_import_go_through_the_gate_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    bought = {"native_id": "7", "at": DAY, "kind": "purchase", "amount": -9.5, "what": "帐篷"}
    refuse(home, RawRows(posts=[post("1", text=LONG)], touchpoints=[bought]), kind="import")
    assert len(reasons(home)) == 2
    monkeypatch.setattr("lake.columns.MAX_TEXT", 200_000)
    report = retry(home)
    assert (report.taken, report.passed, report.kept.total()) == (2, 1, 0)
    assert len(ids(home)) == 1
    (why,) = report.refused
    assert why.startswith("amount is negative")


ITEMS: dict[str, tuple[str, str]] = {  # spider: what in its good page is spoilt, and how
    "discourse": ('"created_at": "2026-01-02T00:00:00Z"', '"created_at": "soon"'),
    "nodebb": ('"timestamp": 1767312000000', '"timestamp": "soon"'),
    "discuz": ("发表于 2026-", "发表于 某年"),
    "phpbb": ('datetime="2026-', 'datetime="某年'),
    "suggest": ('"露营地推荐"', "7"),
    "pageviews": ('"views": 7', '"views": null'),
    "hotlist": ('{"word": "咖啡豆推荐", "num": 8}', "5"),
    "weibo": (" +0800 2026", " soon"),
    "feed": ("Tue, 31 May 2011 17:46:55 +0800", "soon"),
}


@pytest.mark.parametrize("name", ITEMS)
def test_items_of_every_spider_come_again_with_their_page(
    faulty: Start, home: Home, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("RENQUN_WEIBO_TOKEN", TOKEN)
    sample, (good, bad) = SAMPLES[name], ITEMS[name]
    body = sample.body.replace(good, bad, 1)
    assert body != sample.body
    pages = {sample.path: body, **sample.paths}

    def answer(visit: Visit) -> None:
        found = next((page for path, page in pages.items() if visit.path.startswith(path)), None)
        kind = {"Content-Type": "text/plain; charset=utf-8"}
        visit.give(b"", 404) if found is None else visit.give(found.encode(), headers=kind)

    kind = "phpbb" if sample.spider == "forum" else sample.spider
    add_policy(home, policy("odd", faulty(answer).url, kind, timezone="Asia/Shanghai"))
    job(home, sample.spider, *QUICK, *sample.parameters, source="odd")
    refused = len(reasons(home))
    assert refused
    before = Lake(home).read(sample.table).height
    report = retry(home)
    assert (report.taken, report.put_back, report.kept.total()) == (refused, refused, 0)
    assert not reasons(home)
    pages[sample.path] = sample.body
    job(home, sample.spider, *QUICK, *sample.parameters, source="odd")
    after = Lake(home).read(sample.table)
    assert after.height == sample.rows
    assert len(reasons(home)) == refused - 1
    if sample.table == "posts":
        assert before == sample.rows - 1


def test_a_crawl_that_goes_on_with_an_earlier_one_leaves_what_was_put_back_to_the_next(
    faulty: Start, home: Home
) -> None:
    """The address was read by the earlier one, so this one does not ask for it again."""
    good = {
        "id": "2",
        "created_at": "2026-01-02T03:04:05Z",
        "account": {"id": "7", "acct": "amy"},
        "content": "a",
    }
    pages = {"": [good, {"id": "1"}], "max_id=2": [good | {"id": "0"}]}

    def answer(visit: Visit) -> None:
        page = next((kept for mark, kept in reversed(pages.items()) if mark in visit.path), [])
        more = (
            f'<{server.url}/api/v1/timelines/public?max_id=2>; rel="next"'
            if "max_id" not in visit.path
            else ""
        )
        if "timelines" in visit.path:
            visit.give(json.dumps(page).encode(), headers={"Link": more})
        else:
            visit.give(b"", 404)

    server = faulty(answer)
    add_policy(home, policy("s", server.url, "mastodon"))
    asked = ("trends=no", "follows=none")
    assert job(home, "mastodon", *QUICK, *asked, "pages=1", source="s")[1]["status"] == "truncated"
    assert len(reasons(home)) == 1
    put_back(home, "mastodon", "s", [Ask(f"{server.url}/api/v1/timelines/public?limit=40", "timeline")])
    job(home, "mastodon", *QUICK, *asked, source="s")
    assert len(waiting(home, "mastodon", "s")) == 1, "the first page was read, this crawl did the second"
    job(home, "mastodon", *QUICK, *asked, source="s")
    assert not waiting(home, "mastodon", "s")


def test_a_source_that_is_being_written_is_left_alone(home: Home) -> None:
    entry = refuse(home, RawRows(posts=[post("1", text=LONG)]))
    claim = Claim(writer_lock(home, entry.source), "crawling")
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
