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
from tests.crawlers.forum_lab import START, Forum, Post, Topic, discuz, phpbb
from tests.crawlers.source_samples import discourse_topic, dump, nodebb_topic, toot
from tests.crawlers.weibo_api import TOKEN, WeiboApi, status, user

Start = Callable[[Answer], Faulty]
QUICK = ("retries=0", "backoff=0.01", "timeout=10")
HTML = {"Content-Type": "text/html; charset=utf-8"}
REPEATS = "the page repeats the one before it: the list is read no further"


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the spider that needs one."""
    monkeypatch.setenv("RENQUN_WEIBO_TOKEN", TOKEN)


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


def weibo(url: str, page: int, item: int) -> tuple[str, dict[str, str]]:
    """A page of a user's timeline."""
    return dump({"statuses": [status(1000 - item, 1)], "total_number": 10**9}), {}


def topic(number: int) -> Forum:
    """A forum of one topic with one post."""
    return Forum({2: "露营"}, [Topic(number, 2, f"帖子{number}", [Post(number, "8", START, "帐篷很好")])])


def discuz_board(url: str, page: int, item: int) -> tuple[str, dict[str, str]]:
    """A page of a board that always names a next one."""
    onward = f'<div class="pg"><a class="nxt" href="forum-2-{page + 1}.html">n</a></div>'
    body = discuz(topic(item), f"{url}/", "/forum-2-1.html") or ""
    return body.replace('<div id="ft"', f'{onward}<div id="ft"'), HTML


def phpbb_board(url: str, page: int, item: int) -> tuple[str, dict[str, str]]:
    """The same of phpBB."""
    onward = f'<div class="pagination"><a rel="next" href="viewforum.php?f=2&amp;page={page + 1}">n</a></div>'
    return (phpbb(topic(item), f"{url}/", "/viewforum.php?f=2") or "").replace(
        "</body>", f"{onward}</body>"
    ), HTML


LISTS: dict[str, tuple[str, Page, tuple[str, ...]]] = {
    "mastodon": ("/api/v1/timelines/public", mastodon, ("trends=no",)),
    "discourse": ("/latest.json", discourse, ()),
    "nodebb": ("/api/category/9", nodebb, ("categories=9",)),
    "weibo": ("/statuses/user_timeline", weibo, ("users=1", "follows=no", "reposts=no", "comments=no")),
    "discuz": ("/forum-2-", discuz_board, ("profiles=no",)),
    "forum": ("/viewforum.php", phpbb_board, ("profiles=no",)),
}
SHOW_THE_LAST_AGAIN = ("weibo", "discuz", "forum")  # behind their last page, as a matter of course
OTHERS = {
    "/categories.json": '{"category_list": {"categories": []}}',
    "/t/": discourse_topic((1, "露营", DAY)),
    "/u/lee.json": '{"user": {"username": "lee"}}',
    "/api/topic/": nodebb_topic((1, "露营", MS)),
    "/api/user/lee": '{"uid": 1, "userslug": "lee"}',
    "/users/show": dump(user(1)),
    "/account/rate_limit_status": dump(WeiboApi().limits()),
}


def other(url: str, path: str) -> str | None:
    """Every page but those of the list."""
    number = re.search(r"(?:thread-|[?&]t=)(\d+)", path)
    forum = topic(int(number[1]) if number else 1)
    if path.startswith(("/forum.php", "/thread-")):
        return discuz(forum, f"{url}/", path)
    if path.startswith(("/index.php", "/viewtopic.php")):
        return phpbb(forum, f"{url}/", path)
    return next((body for start, body in OTHERS.items() if path.startswith(start)), None)


def crawl(
    faulty: Start, home: Home, spider: str, always_new: bool, *limits: str
) -> tuple[Faulty, dict[str, Any]]:
    """Crawl a source whose list never ends."""
    path, draw, parameters = LISTS[spider]

    def answer(visit: Visit) -> None:
        found = re.search(r"(?:page=|max_id=|forum-2-)(\d+)", visit.path)
        page = int(found[1]) if found else 1
        page_of_another = other(server.url, visit.path)
        if visit.path.startswith(path):
            body, headers = draw(server.url, page, page if always_new else 1)
            visit.give(body.encode(), headers=headers)
        elif page_of_another is not None:
            visit.give(page_of_another.encode(), headers=HTML)
        else:
            visit.give(b"", 404)

    server = faulty(answer)
    add_policy(home, policy(spider, server.url, "phpbb" if spider == "forum" else spider))
    return server, job(home, spider, *QUICK, *parameters, *limits)[1]


@pytest.mark.parametrize("spider", LISTS)
def test_a_list_that_repeats_itself_for_ever_ends_with_its_second_page(
    faulty: Start, home: Home, spider: str
) -> None:
    server, report = crawl(faulty, home, spider, False)
    assert (report["status"], len(ids(home))) == ("ok", 1)
    assert len([path for path in server.seen if path.startswith(LISTS[spider][0])]) == 2
    told = [] if spider in SHOW_THE_LAST_AGAIN else [REPEATS]
    assert Lake(home).read("rejects")["reason"].to_list() == told
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
