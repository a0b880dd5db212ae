"""Lists without end: pages that name a next one for ever, with the same items or with ever new ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from crawlers.protocols.page import Ask, RawPage
from crawlers.protocols.paging import LONGEST, next_page, shown_on
from lake.raw import RawRows
from lake.store import Lake
from privacy.home import Home
from privacy.policies import add_policy
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, ids, job, policy
from tests.crawlers.source_samples import discourse_topic, dump, nodebb_topic, toot

Start = Callable[[Answer], Faulty]
QUICK = ("retries=0", "backoff=0.01", "timeout=10")
REPEATS = "the page repeats the one before it: the list is read no further"
Page = Callable[[str, int, int], tuple[str, dict[str, str]]]
DAY, MS = "2026-01-02T00:00:00Z", 1_767_312_000_000


def mastodon(url: str, page: int, item: int) -> tuple[str, dict[str, str]]:
    """A page of the timeline, its item, and a next page of an address that is always new."""
    link = f'<{url}/api/v1/timelines/public?limit=40&max_id={page + 1}>; rel="next"'
    return dump([toot(item)]), {"Link": link}


def discourse(url: str, page: int, item: int) -> tuple[str, dict[str, str]]:
    """A page of the latest topics."""
    return dump({"topic_list": {"topics": [{"id": item}], "more_topics_url": f"/latest?page={page + 1}"}}), {}


def nodebb(url: str, page: int, item: int) -> tuple[str, dict[str, str]]:
    """A page of the topics of a category that has a thousand million."""
    paging = {"currentPage": page, "pageCount": 10**9}
    return dump({"topics": [{"tid": item}], "pagination": paging}), {}


LISTS: dict[str, tuple[str, Page, tuple[str, ...]]] = {
    "mastodon": ("/api/v1/timelines/public", mastodon, ("trends=no",)),
    "discourse": ("/latest.json", discourse, ()),
    "nodebb": ("/api/category/9", nodebb, ("categories=9",)),
}
OTHERS = {
    "/categories.json": '{"category_list": {"categories": []}}',
    "/t/": discourse_topic((1, "露营", DAY)),
    "/u/lee.json": '{"user": {"username": "lee"}}',
    "/api/topic/": nodebb_topic((1, "露营", MS)),
    "/api/user/lee": '{"uid": 1, "userslug": "lee"}',
}


def crawl(
    faulty: Start, home: Home, spider: str, always_new: bool, *limits: str
) -> tuple[Faulty, dict[str, Any]]:
    """Crawl a source whose list never ends."""
    path, draw, parameters = LISTS[spider]

    def answer(visit: Visit) -> None:
        found = re.search(r"(?:page|max_id)=(\d+)", visit.path)
        page = int(found[1]) if found else 1
        others = next((body for start, body in OTHERS.items() if visit.path.startswith(start)), None)
        if visit.path.startswith(path):
            body, headers = draw(server.url, page, page if always_new else 1)
            visit.give(body.encode(), headers=headers)
        elif others is not None:
            visit.give(others.encode())
        else:
            visit.give(b"", 404)

    server = faulty(answer)
    add_policy(home, policy(spider, server.url, spider))
    return server, job(home, spider, *QUICK, *parameters, *limits)[1]


@pytest.mark.parametrize("spider", LISTS)
def test_a_list_that_repeats_itself_for_ever_ends_with_its_second_page(
    faulty: Start, home: Home, spider: str
) -> None:
    server, report = crawl(faulty, home, spider, False)
    assert (report["status"], len(ids(home))) == ("ok", 1)
    assert len([path for path in server.seen if path.startswith(LISTS[spider][0])]) == 2
    assert Lake(home).read("rejects")["reason"].to_list() == [REPEATS]
    decisions = json.loads(Lake(home).read("runs")["decisions"][0])
    assert decisions["paging/ended"] == 1, "the run's row tells what its pages counted"


@pytest.mark.parametrize("spider", LISTS)
def test_a_list_that_is_ever_new_ends_with_the_limit_and_goes_on_later(
    faulty: Start, home: Home, spider: str
) -> None:
    server, report = crawl(faulty, home, spider, True, "pages=12")
    assert report["status"] == "truncated"
    assert "limit of 12 pages" in report["message"]
    assert len(ids(home)) >= 1
    before = {path for path in server.seen if path.startswith(LISTS[spider][0])}
    more = job(home, spider, *QUICK, *LISTS[spider][2], "pages=12")[1]
    assert more["status"] == "truncated"
    later = [path for path in server.seen if path.startswith(LISTS[spider][0])][len(before) :]
    assert later
    assert not before & set(later), "no page is read again"


def test_paging_beyond_all_measure_is_kept_to_go_on_by_hand() -> None:
    page = RawPage(RawRows())
    following = Ask("http://h/?page=2001", "topics", priority=10)
    next_page(page, following, ["1"], {"before": shown_on(["2"]), "page": LONGEST}, {"board": "茶"})
    assert not page.next
    assert page.counts["paging/endless"] == 1
    (reject,) = page.rows.rejects
    assert reject["reason"] == f"paging goes on beyond {LONGEST} pages: the list is read no further"
    assert reject["row"]["url"] == "http://h/?page=2001"
    assert reject["row"]["meta"] == {"board": "茶", "before": shown_on(["1"])}, (
        "taken again it counts from the first page"
    )


@pytest.mark.parametrize("meta", [{}, {"page": "x"}, {"page": -4}, {"before": "1"}])
def test_odd_memory_of_pages_does_no_harm(meta: dict[str, Any]) -> None:
    page = RawPage(RawRows())
    next_page(page, Ask("http://h/", "topics"), ["1", None], meta, {})
    assert [ask.meta for ask in page.next] == [{"before": shown_on(["1", None]), "page": 2}]
