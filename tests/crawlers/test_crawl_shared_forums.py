"""Two workers at a forum whose pages wait for each other: one is killed, and the other leaves what one alone leaves."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from crawlers.report import RunReport
from crawlers.run import Crawl
from lake.store import Lake
from privacy.home import Home
from privacy.policies import add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import Answer, Faulty, ids, policy
from tests.crawlers.forum_lab import discuz, phpbb, serve, small_forum
from tests.crawlers.nodebb_forum import Forum as NodebbForum
from tests.crawlers.redis_lab import SERVER, RedisServer

Start = Callable[[Answer], Faulty]
pytestmark = pytest.mark.xdist_group("crawls")


@dataclass(frozen=True)
class There:
    """What a forum holds: how it answers, its posts, its people, and its edges by kind."""

    spider: str
    kind: str
    answer: Answer
    posts: frozenset[str]
    people: int
    follows: int


def nodebb_forum() -> There:
    """Forty topics of three posts by eight people, of whom each follows the next two."""
    forum = NodebbForum()
    people = [f"p{n}" for n in range(8)]
    for uid, slug in enumerate(people, start=1):
        forum.person(slug, uid)
    for tid in range(1, 41):
        said = [(people[(tid + n) % 8], f"<p>第{tid}帖{n}</p>") for n in range(3)]
        forum.topic(tid, 1 + tid % 2, *said)
    forum.follows = {slug: [people[(n + step) % 8] for step in (1, 2)] for n, slug in enumerate(people)}
    posts = {str(post["pid"]) for topic in forum.topics.values() for post in topic["posts"]}
    return There("nodebb", "nodebb", forum.answer, frozenset(posts), 8, 16)


def html_forum(spider: str) -> There:
    """Sixty topics over two boards."""
    forum = small_forum(topics=60)
    posts = {str(post.pid) for topic in forum.topics for post in topic.posts}
    kind, draw = {"discuz": ("discuz", discuz), "forum": ("phpbb", phpbb)}[spider]
    return There(spider, kind, serve(forum, draw), frozenset(posts), 4, 0)


FORUMS: dict[str, Callable[[], There]] = {
    "nodebb": nodebb_forum,
    "discuz": lambda: html_forum("discuz"),
    "phpbb": lambda: html_forum("forum"),
}


@pytest.fixture
def frontier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """Where the frontier is kept: in a Redis that two workers share, or in the home, where they take turns."""
    if request.param == "sqlite":
        yield None
        return
    if SERVER is None:
        pytest.skip("no redis-server on this machine (Debian: apt install redis-server)")
    server = RedisServer(tmp_path / "redis")
    yield server.url
    server.kill()


@pytest.mark.parametrize("frontier", ["redis", "sqlite"], indirect=True)
@pytest.mark.parametrize("name", FORUMS)
def test_one_of_two_workers_is_killed_and_nothing_is_lost_or_doubled(
    faulty: Start, home: Home, frontier: str | None, name: str
) -> None:
    there = FORUMS[name]()
    server = faulty(there.answer)
    add_policy(home, policy("camp", server.url, there.kind, rate=40.0))
    with (
        Crawl(home, there.spider, "camp", frontier, lease=2) as one,
        Crawl(home, there.spider, "camp", frontier, lease=2) as two,
        ThreadPoolExecutor(2) as pool,
    ):
        fetched: Counter[int] = Counter()

        def follow(crawl: Crawl) -> RunReport:
            return crawl.wait(lambda counts: fetched.update({crawl.pid: counts.get("fetched", 0)}))

        reports = [pool.submit(follow, crawl) for crawl in (one, two)]
        while max(fetched.values(), default=0) < 9:
            assert not any(report.done() for report in reports), [report.result() for report in reports]
            time.sleep(0.02)
        victim = max(fetched, key=lambda pid: fetched[pid])
        os.kill(victim, signal.SIGKILL)
        ended = [report.result() for report in reports]
    killed, survivor = sorted(ended, key=lambda report: report.status == "ok")
    assert "was killed by signal 9" in killed.message
    assert survivor.status == "ok", survivor.message
    names, lake = Pseudonyms.open(home), Lake(home)
    assert sorted(ids(home)) == sorted(names.post("camp", pid) for pid in there.posts)
    assert len(ids(home, "accounts")) == there.people
    follows = lake.read("edges").filter(pl.col("kind") == "follow")
    assert follows.height == follows.select("src", "dst").n_unique() == there.follows
    assert not lake.exists("rejects") or not lake.read("rejects").height
    assert lake.read("runs")["status"].sort().to_list() == ["ok", "truncated"]
