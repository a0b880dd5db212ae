"""Sources that misbehave: each ends in one clear line, and nothing that was there is lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from lake.store import Lake
from privacy.home import Home
from privacy.policies import add_policy
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, ids, job, policy

Start = Callable[[Answer], Faulty]
QUICK = ("retries=1", "backoff=0.01", "timeout=5")
ACCOUNT = {"id": "7", "acct": "amy", "following_count": 0}


def statuses(*numbers: int) -> bytes:
    made = [
        {"id": str(n), "created_at": "2026-01-02T03:04:05Z", "account": ACCOUNT, "content": f"<p>第{n}条</p>"}
        for n in numbers
    ]
    return json.dumps(made).encode()


def timeline(visit: Visit, body: Callable[[Visit], None]) -> None:
    """robots.txt allows all, trends are empty, the timeline is the test's."""
    if visit.path == "/robots.txt":
        visit.give(b"", headers={"Content-Type": "text/plain"})
    elif "trends" in visit.path:
        visit.give(b"[]")
    else:
        body(visit)


def cut_off(visit: Visit) -> None:
    visit.send_response(200)
    visit.send_header("Content-Length", "5000")
    visit.end_headers()
    visit.wfile.write(b'[{"id": "1", "created')
    visit.close_connection = True


def loop(visit: Visit) -> None:
    visit.give(b"", 302, {"Location": visit.path})


def elsewhere(visit: Visit) -> None:
    visit.give(b"", 302, {"Location": "http://localhost:9/api/v1/timelines/public"})


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (lambda visit: visit.give(b"oops", 500), "failed", "answered 500"),
        (lambda visit: visit.give(b"<!DOCTYPE html><p>hi"), "failed", "HTML where JSON was expected"),
        (lambda visit: visit.give(b'[{"id": "1", "created_at'), "failed", "the JSON is cut off"),
        (cut_off, "failed", "the body was cut off"),
        (loop, "failed", "redirected too many times"),
        (
            elsewhere,
            "blocked",
            "leads elsewhere, and no policy entry covers http://localhost:9. If that is its address now",
        ),
        (lambda visit: visit.give(b"{}", 401), "blocked", "answered 401"),
        (lambda visit: visit.give(statuses(1), headers={"X-Robots-Tag": "noindex"}), "blocked", "noindex"),
    ],
    ids=["500", "html", "truncated-json", "cut-off-body", "redirect-loop", "other-host", "closed", "noindex"],
)
def test_a_bad_timeline_is_told_and_kept(
    faulty: Start, home: Home, body: Callable[[Visit], None], status: str, says: str
) -> None:
    server = faulty(lambda visit: timeline(visit, body))
    add_policy(home, policy("bad", server.url, "mastodon"))
    code, report, said = job(home, "mastodon", *QUICK, source="bad")
    assert (code, report["status"]) == (1, status)
    assert says in report["message"]
    assert said == report["message"]
    assert len(said.splitlines()) == 1
    assert ids(home) == []
    (row,) = Lake(home).read("runs").to_dicts()
    assert (row["status"], row["message"]) == (report["status"], report["message"])
    if status == "failed":
        rejects = Lake(home).read("rejects").to_dicts()
        assert [says in reject["reason"] for reject in rejects] == [True], "the page is kept with its reason"


def robots(status: int, body: bytes, kind: str = "text/plain") -> Answer:
    def answer(visit: Visit) -> None:
        if visit.path == "/robots.txt":
            visit.give(body, status, {"Content-Type": kind})
        else:
            visit.give(statuses(1))

    return answer


def robots_hang_up(visit: Visit) -> None:
    if visit.path == "/robots.txt":
        visit.close_connection = True
    else:
        visit.give(statuses(1))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (robots(503, b"User-agent: *\nAllow: /\n"), "answered 503"),
        (robots_hang_up, "could not be read"),
        (robots(200, b"User-agent: *\nDisallow: /\n"), "disallows"),
        (
            robots(200, b"# " + b"y" * 100 + b"\nUser-agent: *\nDisallow: /api\n" + b"# filler\n" * 600_000),
            "disallows",
        ),
    ],
    ids=["503", "hangs-up", "disallow", "5MB"],
)
def test_robots_that_forbid_or_fail_end_the_crawl(
    faulty: Start, home: Home, answer: Answer, says: str
) -> None:
    server = faulty(answer)
    add_policy(home, policy("shy", server.url, "mastodon"))
    code, report, said = job(home, "mastodon", *QUICK, source="shy")
    assert (code, report["status"]) == (1, "blocked")
    assert says in said
    assert len(said.splitlines()) == 1
    assert not [path for path in server.seen if path != "/robots.txt"], "nothing else was asked"
    assert all("renqun" in agent and "contact" in agent for agent in server.agents)


def test_a_parameter_that_the_spider_does_not_know_is_refused(home: Home) -> None:
    add_policy(home, policy("m", "http://127.0.0.1:9", "mastodon"))
    code, report, said = job(home, "mastodon", "follows=bogus", source="m")
    assert (code, report) == (2, {})
    assert said == "follows=bogus is unknown. Take one of seen, authors, none."


def test_a_source_that_is_down(home: Home) -> None:
    add_policy(home, policy("down", "http://127.0.0.1:9", "discourse"))
    code, report, said = job(home, "discourse", *QUICK, source="down")
    assert (code, report["status"]) == (1, "blocked")
    assert "robots.txt" in said
    assert "refused" in said
    assert "Run it again later; renqun sources check down shows" in said
    assert Lake(home).read("runs")["status"].to_list() == ["blocked"]


def twelve_pages(visit: Visit) -> None:
    """Twelve pages of one status each, a twentieth of a second apart."""
    if "public" in visit.path:
        time.sleep(0.05)
        last = 12 if "max_id" not in visit.path else int(visit.path.rsplit("max_id=", 1)[1]) - 1
        onward = f'<http://{visit.headers["Host"]}/api/v1/timelines/public?max_id={last}>; rel="next"'
        visit.give(statuses(last), headers={"Link": onward if last > 1 else ""})
    else:
        timeline(visit, lambda visit: visit.give(b"[]"))


@pytest.mark.parametrize("limit", ["3 items", "0.005 minutes"])
def test_a_limit_leaves_the_rest_to_the_next_crawl(faulty: Start, home: Home, limit: str) -> None:
    server = faulty(twelve_pages)
    add_policy(home, policy("long", server.url, "mastodon", concurrency=1))
    number, name = limit.split()
    first = job(home, "mastodon", *QUICK, "trends=no", f"{name}={number}", source="long")[1]
    assert first["status"] == "truncated"
    assert f"the limit of {limit} was reached" in first["message"]
    assert len(ids(home)) < 12
    second = job(home, "mastodon", *QUICK, "trends=no", source="long")[1]
    assert second["status"] == "ok"
    assert len(ids(home)) == 12


def test_a_crawl_that_goes_on_tells_that_it_keeps_its_own_since(faulty: Start, home: Home) -> None:
    add_policy(home, policy("long", faulty(twelve_pages).url, "mastodon", concurrency=1))
    asked = (*QUICK, "trends=no", "pages=2")
    first = job(home, "mastodon", *asked, "since=2026-01-01", source="long")[1]
    assert "went on" not in first["message"]
    same = job(home, "mastodon", *asked, "since=2026-01-01", source="long")[1]
    assert "went on" not in same["message"], "it does what was asked"
    other = job(home, "mastodon", *asked, "since=2026-02-01", source="long")[1]
    assert "It went on with the crawl begun 20" in other["message"]
    assert "with --since 2026-01-01, which counts until that crawl is finished" in other["message"]
    assert other["message"].endswith("the next one takes --since 2026-02-01.")
    last = job(home, "mastodon", *QUICK, "trends=no", source="long")[1]
    assert last["message"].endswith("the next one takes none.")
    assert len(ids(home)) == 12
    anew = job(home, "mastodon", *QUICK, "trends=no", "since=2026-02-01", source="long")[1]
    assert "went on" not in anew["message"]


def test_a_source_that_goes_down_midway_is_finished_later(faulty: Start, home: Home) -> None:
    """Pages before the failure stay; what failed for want of an answer is asked again by the next crawl."""
    broken = threading.Event()
    broken.set()

    def answer(visit: Visit) -> None:
        if "max_id=" in visit.path and broken.is_set():
            visit.give(b"", 502)
        elif "public" in visit.path:
            last = 40 if "max_id" not in visit.path else int(visit.path.rsplit("max_id=", 1)[1]) - 1
            header = f'<{server.url}/api/v1/timelines/public?max_id={last}>; rel="next"' if last > 30 else ""
            visit.give(statuses(last), headers={"Link": header})
        else:
            timeline(visit, lambda visit: visit.give(b"[]"))

    server = faulty(answer)
    add_policy(home, policy("weak", server.url, "mastodon"))
    first = job(home, "mastodon", *QUICK, source="weak")[1]
    assert first["status"] == "truncated"
    assert len(ids(home)) == 1
    broken.clear()
    second = job(home, "mastodon", *QUICK, source="weak")[1]
    assert second["status"] == "ok"
    assert len(ids(home)) == 11


def test_retry_after_is_obeyed(faulty: Start, home: Home) -> None:
    refused: list[str] = []

    def answer(visit: Visit) -> None:
        if "public" in visit.path and not refused:
            refused.append(visit.path)
            visit.give(b"{}", 429, {"Retry-After": "2"})
        else:
            timeline(visit, lambda visit: visit.give(statuses(1)))

    server = faulty(answer)
    add_policy(home, policy("busy", server.url, "mastodon"))
    report = job(home, "mastodon", "backoff=0.01", source="busy")[1]
    assert report["status"] == "ok"
    assert len(ids(home)) == 1
    assert report["seconds"] >= 2


def forum(profile: Callable[[Visit], None]) -> Answer:
    """A forum of one topic by lee and kim; the test decides what kim's profile answers."""
    posts = [
        {
            "id": n,
            "username": name,
            "post_number": n,
            "created_at": "2026-01-02T00:00:00Z",
            "cooked": f"<p>{name}</p>",
        }
        for n, name in ((1, "lee"), (2, "kim"))
    ]

    def answer(visit: Visit) -> None:
        if visit.path == "/u/kim.json":
            profile(visit)
        elif visit.path == "/u/lee.json":
            visit.give(b'{"user": {"username": "lee"}}')
        elif visit.path.startswith("/latest.json"):
            visit.give(b'{"topic_list": {"topics": [{"id": 5}]}}')
        elif visit.path.startswith("/t/5"):
            visit.give(
                json.dumps(
                    {"id": 5, "title": "t", "post_stream": {"posts": posts, "stream": [1, 2]}}
                ).encode()
            )
        elif visit.path == "/robots.txt":
            visit.give(b"", 404)
        else:
            visit.give(b"", 404)

    return answer


@pytest.mark.parametrize(
    ("profile", "posts", "rejects"),
    [
        (lambda visit: visit.give(b'{"user": {"username": "kim"}}'), 2, 0),
        (lambda visit: visit.give(b'{"user": {"username": "kim", "profile_hidden": true}}'), 1, 0),
        (lambda visit: visit.give(b"", 404), 1, 0),
        (lambda visit: visit.give(b"", 500), 1, 2),
    ],
    ids=["visible", "hidden", "absent", "unreadable"],
)
def test_posts_wait_for_their_authors_profile(
    faulty: Start, home: Home, profile: Callable[[Visit], None], posts: int, rejects: int
) -> None:
    add_policy(home, policy("forum", faulty(forum(profile)).url, "discourse"))
    report = job(home, "discourse", *QUICK, source="forum")[1]
    assert report["status"] in ("ok", "truncated")
    assert len(ids(home)) == posts
    assert Lake(home).read("rejects").height == rejects


def test_a_full_disk_ends_the_crawl_in_one_line(faulty: Start, home: Home) -> None:
    """A lake that cannot be written: a file stands where a table's folder should be."""
    server = faulty(lambda visit: timeline(visit, lambda visit: visit.give(statuses(1))))
    add_policy(home, policy("ok", server.url, "mastodon"))
    assert job(home, "mastodon", *QUICK, source="ok")[0] == 0
    before = ids(home)
    posts = home.lake / "posts"
    hidden = Path(f"{posts}.away")
    posts.rename(hidden)
    posts.write_text("no folder")
    code, report, said = job(home, "mastodon", *QUICK, source="ok")
    assert (code, report) == (2, {})
    assert len(said.splitlines()) == 1
    posts.unlink()
    hidden.rename(posts)
    assert ids(home) == before
    assert "failed" in Lake(home).read("runs").filter(pl.col("status") == "failed")["status"].to_list()


def test_the_wrong_spider_is_told(faulty: Start, home: Home) -> None:
    add_policy(home, policy("talk", faulty(lambda visit: visit.give(b"", 404)).url, "discourse"))
    report = job(home, "mastodon", *QUICK, source="talk")[1]
    assert report["status"] == "empty"
    assert "renqun crawl discourse --source talk" in report["message"]
