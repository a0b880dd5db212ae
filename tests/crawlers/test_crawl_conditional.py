"""Lists that did not change are asked conditionally, answered 304, and lead to nothing that is lost."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from privacy.home import Home
from privacy.policies import add_policy
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, ids, job, policy

Start = Callable[[Answer], Faulty]
QUICK = ("retries=0", "backoff=0.01", "timeout=5", "follows=none", "trends=no")
AMY = {"id": "7", "acct": "amy"}


class Timeline:
    """A timeline of two pages that knows its version, as Mastodon behind a cache does."""

    def __init__(self, header: str, sent_back: str, versions: tuple[str, str]) -> None:
        self.header, self.sent_back, self.versions = header, sent_back, versions
        self.changed = self.second_page_fails = self.unasked_304 = False
        self.conditions: list[str | None] = []

    def __call__(self, visit: Visit) -> None:
        if visit.path == "/robots.txt":
            visit.give(b"", 404)
            return
        if "max_id" in visit.path:
            visit.give(b"", 500) if self.second_page_fails else visit.give(self.statuses(1))
            return
        version = self.versions[self.changed]
        self.conditions.append(visit.headers.get(self.sent_back))
        if self.unasked_304 or visit.headers.get(self.sent_back) == version:
            visit.give(b"", 304)
            return
        older = f"http://{visit.headers['Host']}/api/v1/timelines/public?max_id=2"
        headers = {self.header: version, "Link": f'<{older}>; rel="next"'}
        visit.give(self.statuses(*((3, 2) if self.changed else (2,))), headers=headers)

    @staticmethod
    def statuses(*numbers: int) -> bytes:
        made = [
            {"id": str(n), "created_at": f"2026-01-0{n}T00:00:00Z", "account": AMY, "content": f"<p>{n}</p>"}
            for n in numbers
        ]
        return json.dumps(made).encode()


@pytest.fixture(params=["etag", "date"])
def pages(request: pytest.FixtureRequest) -> Timeline:
    """Versions named by ETag, and by date."""
    if request.param == "etag":
        return Timeline("ETag", "If-None-Match", ('W/"a"', 'W/"b"'))
    dates = ("Fri, 02 Jan 2026 00:00:00 GMT", "Sat, 03 Jan 2026 00:00:00 GMT")
    return Timeline("Last-Modified", "If-Modified-Since", dates)


def test_an_unchanged_list_is_answered_304_and_a_changed_one_read(
    faulty: Start, home: Home, pages: Timeline
) -> None:
    add_policy(home, policy("m", faulty(pages).url, "mastodon"))
    first = job(home, "mastodon", *QUICK, source="m")[1]
    assert (first["status"], len(ids(home))) == ("ok", 2)
    code, second, _ = job(home, "mastodon", *QUICK, source="m")
    assert (code, second["status"]) == (0, "ok"), second["message"]
    assert (second["counts"]["asked"], second["counts"]["fetched"]) == (1, 0)
    assert second["counts"]["unchanged"] == 1
    pages.changed = True
    third = job(home, "mastodon", *QUICK, source="m")[1]
    assert (third["status"], len(ids(home))) == ("ok", 3)
    assert pages.conditions == [None, pages.versions[0], pages.versions[0]]


def test_after_a_failure_nothing_is_asked_conditionally(faulty: Start, home: Home, pages: Timeline) -> None:
    """Else the page that failed would hide behind the list that did not change."""
    pages.second_page_fails = True
    add_policy(home, policy("m", faulty(pages).url, "mastodon"))
    assert job(home, "mastodon", *QUICK, source="m")[1]["status"] == "truncated"
    pages.second_page_fails = False
    assert job(home, "mastodon", *QUICK, source="m")[1]["status"] == "ok"
    assert (len(ids(home)), pages.conditions) == (2, [None, None])


def test_a_crawl_that_looks_for_more_asks_anew(faulty: Start, home: Home, pages: Timeline) -> None:
    add_policy(home, policy("m", faulty(pages).url, "mastodon"))
    job(home, "mastodon", *QUICK, "since=2026-01-02", source="m")
    assert len(ids(home)) == 1
    job(home, "mastodon", *QUICK, "since=2026-01-01", source="m")
    assert (len(ids(home)), pages.conditions) == (2, [None, None])


def test_304_to_a_plain_ask_is_a_fault(faulty: Start, home: Home, pages: Timeline) -> None:
    pages.unasked_304 = True
    add_policy(home, policy("m", faulty(pages).url, "mastodon"))
    code, report, _ = job(home, "mastodon", *QUICK, source="m")
    assert (code, report["status"]) == (1, "failed")
    assert "answered 304" in report["message"]
