"""Crawls of feeds over HTTP: pages, circles, what is known, what changes."""

from __future__ import annotations

from collections.abc import Callable

from lake.store import Lake
from privacy.home import Home
from privacy.policies import add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, ids, job, policy
from tests.crawlers.feeds import atom, entry

Start = Callable[[Answer], Faulty]
QUICK = ("retries=0", "backoff=0.01", "timeout=5")


def crawl(home: Home, server: Faulty, *parameters: str) -> dict[str, object]:
    add_policy(home, policy("blog", server.url, "feed"))
    return job(home, "feed", *QUICK, "feeds=feed", *parameters, source="blog")[1]


def number_of(visit: Visit) -> int:
    return int(visit.path.partition("page=")[2] or 1)


class Pages:
    """A feed of three pages, two entries each; newer entries come in front."""

    def __init__(self) -> None:
        self.newest = 6
        self.broken = 0

    def __call__(self, visit: Visit) -> None:
        if visit.path == "/robots.txt":
            visit.give(b"", 404)
        elif number_of(visit) == self.broken:
            visit.give(b"", 500)
        else:
            page = number_of(visit)
            first = self.newest - 2 * (page - 1)
            following = f"feed?page={page + 1}" if first > 2 else None
            visit.give(atom(map(entry, range(first, max(first - 2, 0), -1)), following))


def test_all_pages_then_only_what_is_new(faulty: Start, home: Home) -> None:
    pages = Pages()
    server = faulty(pages)
    assert crawl(home, server)["status"] == "ok"
    assert len(ids(home)) == 6
    pages.newest = 9
    server.seen.clear()
    crawl(home, server)
    assert len(ids(home)) == 9
    asked = [path for path in server.seen if "feed" in path]
    assert asked == ["/feed", "/feed?page=2", "/feed?page=3"], "the third page holds known entries only"


def test_a_page_that_failed_is_asked_again_behind_known_ones(faulty: Start, home: Home) -> None:
    pages = Pages()
    pages.broken = 2
    server = faulty(pages)
    assert crawl(home, server)["status"] == "truncated"
    pages.broken = 0
    assert crawl(home, server)["status"] == "ok"
    assert len(ids(home)) == 6


def test_pages_in_circles_and_calendars_without_end_are_left(faulty: Start, home: Home) -> None:
    """Every page names a next one of a new address, and all hold the same entries."""

    def calendar(visit: Visit) -> None:
        visit.give(atom([entry(1)], f"feed?page={number_of(visit) + 1}"))

    server = faulty(lambda visit: visit.give(b"", 404) if "robots" in visit.path else calendar(visit))
    assert crawl(home, server)["status"] == "ok"
    assert [path for path in server.seen if "feed" in path] == ["/feed", "/feed?page=2"]


def test_pages_that_are_always_new_end_with_the_limit(faulty: Start, home: Home) -> None:
    def endless(visit: Visit) -> None:
        visit.give(atom([entry(number_of(visit))], f"feed?page={number_of(visit) + 1}"))

    server = faulty(lambda visit: visit.give(b"", 404) if "robots" in visit.path else endless(visit))
    report = crawl(home, server, "pages=5")
    assert (report["status"], len(ids(home))) == ("truncated", 5)
    assert "limit of 5 pages" in str(report["message"])


def test_duplicates_odd_dates_and_odd_characters(faulty: Start, home: Home) -> None:
    entries = [
        entry(1, "旧的"),
        entry(1, "新的"),
        entry(2, "老", "1970-01-01T00:00:00Z"),
        entry(3, "未来", "2099-01-01T00:00:00Z"),
        entry(4, "半个&#xD83D;字\x07&#0;"),
        entry(5, "没有日期", "someday"),
    ]
    server = faulty(
        lambda visit: visit.give(b"", 404) if "robots" in visit.path else visit.give(atom(entries))
    )
    assert crawl(home, server)["status"] == "ok"
    posts = {row["id"]: row for row in Lake(home).read("posts").to_dicts()}
    names = Pseudonyms.open(home)
    texts = {
        number: posts.get(names.post("blog", f"tag:x,2026:{number}"), {}).get("text")
        for number in range(1, 6)
    }
    assert texts == {1: "新的", 2: None, 3: None, 4: "半个字", 5: None}
    reasons = sorted(Lake(home).read("rejects")["reason"].to_list())
    assert [reason.split()[0] for reason in reasons] == ["created_at", "created_at", "the"]
    assert reasons[2] == "the entry has no usable date"


def test_a_feed_that_asks_not_to_be_indexed_is_forbidden(faulty: Start, home: Home) -> None:
    meta = '<meta xmlns="http://www.w3.org/1999/xhtml" name="robots" content="noindex"/>'
    body = atom([meta, entry(1)])
    server = faulty(lambda visit: visit.give(b"", 404) if "robots" in visit.path else visit.give(body))
    report = crawl(home, server)
    assert (report["status"], ids(home)) == ("blocked", [])
    assert "noindex" in str(report["message"])


def test_the_feed_is_a_medium_and_its_author_a_person(faulty: Start, home: Home) -> None:
    server = faulty(
        lambda visit: visit.give(b"", 404) if "robots" in visit.path else visit.give(atom([entry(1)]))
    )
    crawl(home, server)
    accounts = {row["id"]: row["kind"] for row in Lake(home).read("accounts").to_dicts()}
    names, feed = Pseudonyms.open(home), f"{server.url}/feed"
    assert accounts == {
        names.account("blog", feed): "organisation",
        names.account("blog", f"{feed}#amy"): "person",
    }
