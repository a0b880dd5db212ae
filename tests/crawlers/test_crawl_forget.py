"""Who is forgotten while a crawl that broke off waits: their addresses leave its frontier, and nobody else is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.erasure import forget
from audience.named.finder import named
from crawlers.again import waiting
from crawlers.frontier.sqlite import SqliteFrontier
from lake.locks import Claim, writer_lock
from privacy.disclosure import Role
from privacy.errors import ConflictError
from privacy.home import Home
from privacy.optouts import blocked
from privacy.policies import add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import Answer, Faulty, ids, job, policy
from tests.crawlers.forum_lab import discuz, serve, small_forum

Start = Callable[[Answer], Faulty]
QUICK = ("retries=0", "backoff=0.01", "timeout=10")


def kept_of(home: Home) -> bytes:
    """All that the crawls of this home still have to ask."""
    return b"".join(file.read_bytes() for file in home.frontier.iterdir())


def test_a_crawl_that_broke_off_begins_anew_without_them(faulty: Start, home: Home) -> None:
    forum = small_forum()
    add_policy(home, policy("camp", faulty(serve(forum, discuz)).url, "discuz"))
    assert job(home, "discuz", *QUICK, "pages=6", source="camp")[1]["status"] == "truncated"
    assert b"space-uid-5" in kept_of(home), "their page waits"

    report = forget(home, [named("camp:#5")], Role.ADMIN)

    assert report.addresses >= 1
    assert b"space-uid-5" not in kept_of(home), "free pages of the file are gone, too"
    left = waiting(home, "discuz", "camp")
    assert left
    assert not [ask.url for ask in left if "space-uid-5" in ask.url]
    assert job(home, "discuz", *QUICK, source="camp")[1]["status"] == "ok"
    names = Pseudonyms.open(home)
    others = [str(post.pid) for topic in forum.topics for post in topic.posts if post.uid != "5"]
    assert sorted(ids(home)) == sorted(names.post("camp", pid) for pid in others)


def test_a_crawl_that_names_somebody_else_goes_on_where_it_was(faulty: Start, home: Home) -> None:
    add_policy(home, policy("camp", faulty(serve(small_forum(), discuz)).url, "discuz"))
    job(home, "discuz", *QUICK, "pages=6", source="camp")
    forget(home, [named("camp:#4711")], Role.ADMIN)
    assert not waiting(home, "discuz", "camp")
    frontier = SqliteFrontier(home.frontier / "discuz-camp.sqlite", str)
    assert frontier.begin("r", {}), "unfinished still"
    frontier.close()


def test_while_a_crawl_is_under_way_nothing_is_erased(faulty: Start, home: Home) -> None:
    add_policy(home, policy("camp", faulty(serve(small_forum(), discuz)).url, "discuz"))
    job(home, "discuz", *QUICK, "pages=6", source="camp")
    before, writing = ids(home), Claim(writer_lock(home, "camp"), "crawling")
    with pytest.raises(ConflictError):
        forget(home, [named("camp:#5")], Role.ADMIN)
    writing.release()
    assert ids(home) == before
    assert not blocked(home)
    assert b"space-uid-5" in kept_of(home)
