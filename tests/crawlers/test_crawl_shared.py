"""Several workers at one crawl: they share the frontier in a real Redis, and lose nothing when one or it is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from crawlers.report import RunReport
from crawlers.run import Crawl, CrawlRefusedError
from lake.store import Lake
from privacy.home import Home
from privacy.policies import add_policy
from tests.crawlers.crawl_lab import Answer, Faulty, Sandbox, ids, job, killed_job, policy, written
from tests.crawlers.redis_lab import SERVER, RedisServer

pytestmark = [
    pytest.mark.xdist_group("crawls"),
    pytest.mark.skipif(
        SERVER is None, reason="no redis-server on this machine (Debian: apt install redis-server)"
    ),
]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis")
    yield server
    server.kill()


@pytest.fixture(scope="module")
def alone(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """What one worker's crawl leaves."""
    home = sandbox.home(tmp_path_factory.mktemp("alone"))
    for spider in ("mastodon", "discourse"):
        assert job(home, spider)[1]["status"] == "ok"
    return home


def same(one: Home, other: Home, source: str) -> None:
    """Both hold as many rows of each kind, each key once. (The homes have keys of their own, so ids differ.)"""
    for table in ("posts", "accounts", "names"):
        rows = [ids(home, table, source) for home in (one, other)]
        assert len(set(rows[1])) == len(rows[1]), table
        assert len(rows[0]) == len(rows[1]), table
    edges = [Lake(home).read("edges").filter(pl.col("source") == source) for home in (one, other)]
    assert len({frame.group_by("kind").len().sort("kind").write_csv() for frame in edges}) == 1
    assert not Lake(other).read("rejects").filter(pl.col("source") == source).height


def statuses(home: Home, source: str) -> list[str]:
    return Lake(home).read("runs").filter(pl.col("source") == source)["status"].sort().to_list()


@pytest.mark.parametrize("source", ["mastodon", "discourse"])
def test_two_workers_of_which_one_is_killed_leave_what_one_leaves(
    sandbox: Sandbox, alone: Home, redis: RedisServer, tmp_path: Path, source: str
) -> None:
    home = sandbox.home(tmp_path / "home", rate=150.0)
    with (
        Crawl(home, source, source, redis.url, lease=2) as one,
        Crawl(home, source, source, redis.url, lease=2) as two,
        ThreadPoolExecutor(2) as pool,
    ):
        seen = {one.pid: 0, two.pid: 0}

        def follow(crawl: Crawl) -> RunReport:
            return crawl.wait(lambda counts: seen.update({crawl.pid: counts.get("fetched", 0)}))

        reports = [pool.submit(follow, crawl) for crawl in (one, two)]
        while min(seen.values()) < 10:
            assert not any(report.done() for report in reports), [report.result() for report in reports]
            time.sleep(0.05)
        os.kill(one.pid, signal.SIGKILL)
        killed, ended = (report.result() for report in reports)
    assert "was killed by signal 9" in killed.message
    assert ended.status == "ok", ended.message
    assert sandbox.posts(home, source, visible=True) == set(written(home, source))
    same(alone, home, source)
    assert statuses(home, source) == ["ok", "truncated"], "the run that was killed is ended by the other"


def test_a_worker_killed_between_the_end_of_the_frontier_and_its_row(
    sandbox: Sandbox, redis: RedisServer, tmp_path: Path
) -> None:
    home = sandbox.home(tmp_path / "home")
    killed_job(home, "discourse", "after", "_leave_frontier", redis.url)
    with Crawl(home, "discourse", "discourse", redis.url) as again:
        assert again.wait().status == "ok"
    assert statuses(home, "discourse") == ["ok", "truncated"]


def test_a_redis_that_is_killed_and_started_again_loses_nothing(
    sandbox: Sandbox, alone: Home, redis: RedisServer, tmp_path: Path
) -> None:
    home = sandbox.home(tmp_path / "home", rate=150.0)
    killed = threading.Event()

    def kill_once(counts: dict[str, int]) -> None:
        if counts.get("fetched", 0) > 20 and not killed.is_set():
            killed.set()
            redis.kill()
            time.sleep(0.5)
            redis.start()

    with ThreadPoolExecutor(2) as pool, Crawl(home, "mastodon", "mastodon", redis.url) as two:
        second = pool.submit(two.wait, kill_once)
        with Crawl(home, "mastodon", "mastodon", redis.url) as one:
            reports = [one.wait(kill_once), second.result()]
    assert killed.is_set()
    assert [report.status for report in reports] == ["ok", "ok"], reports
    assert sandbox.posts(home, "mastodon", visible=True) == set(written(home, "mastodon"))
    same(alone, home, "mastodon")


def test_a_redis_that_stays_away_ends_the_crawl_which_another_finishes(
    sandbox: Sandbox, alone: Home, redis: RedisServer, tmp_path: Path
) -> None:
    home = sandbox.home(tmp_path / "home", rate=150.0)

    def kill(counts: dict[str, int]) -> None:
        if counts.get("fetched", 0) > 20:
            redis.kill()

    with (
        Crawl(home, "mastodon", "mastodon", redis.url, patience=1, lease=2) as crawl,
        pytest.raises(CrawlRefusedError, match="can't be used") as told,
    ):
        crawl.wait(kill)
    assert "run the crawl again" in told.value.hint
    redis.start()
    with Crawl(home, "mastodon", "mastodon", redis.url, lease=2) as again:
        assert again.wait().status == "ok"
    same(alone, home, "mastodon")


def test_limits_count_for_each_worker_and_who_comes_late_ends_at_once(
    sandbox: Sandbox, redis: RedisServer, tmp_path: Path
) -> None:
    home = sandbox.home(tmp_path / "home")
    for _ in range(2):
        with Crawl(home, "mastodon", "mastodon", redis.url, pages=15) as part:
            report = part.wait()
        assert report.status == "truncated"
        assert 15 <= report.counts["asked"] <= 16
    with Crawl(home, "mastodon", "mastodon", redis.url) as rest:
        assert rest.wait().status == "ok"
    assert sandbox.posts(home, "mastodon", visible=True) == set(written(home, "mastodon"))
    with Crawl(home, "mastodon", "mastodon", redis.url) as again:
        report = again.wait()
    assert report.counts["unchanged"] > 5, "a new crawl begins from what the shared frontier remembers"


def test_a_redis_that_would_forget_is_told_of(sandbox: Sandbox, tmp_path: Path) -> None:
    home, forgetful = sandbox.home(tmp_path / "home"), RedisServer(tmp_path / "redis", durable=False)
    try:
        with Crawl(home, "mastodon", "mastodon", forgetful.url, pages=2) as part:
            assert "keeps no append-only file" in part.wait().message
    finally:
        forgetful.kill()


def test_two_workers_together_keep_the_policys_rate(
    redis: RedisServer, faulty: Callable[[Answer], Faulty], tmp_path: Path
) -> None:
    rate, moments = 10.0, list[float]()

    def answer(visit: object) -> None:
        path = visit.path  # type: ignore[attr-defined]
        if "robots" not in path:
            moments.append(time.monotonic())
        visit.give(b"" if "robots" in path else b"[]", 404 if "robots" in path else 200)  # type: ignore[attr-defined]

    server, home = faulty(answer), Home(tmp_path / "home")
    add_policy(home, policy("place", server.url, "mastodon", rate=rate, concurrency=4))
    options = {"tags": ",".join(f"t{number}" for number in range(40)), "trends": "no", "follows": "none"}
    with (
        Crawl(home, "mastodon", "place", redis.url, **options) as one,
        Crawl(home, "mastodon", "place", redis.url, **options) as two,
        ThreadPoolExecutor(2) as pool,
    ):
        reports = list(pool.map(Crawl.wait, (one, two)))
    asked = [report.counts["asked"] for report in reports]
    assert sum(asked) == len(moments) == 40, "each page is asked for once"
    assert min(asked) > 0, "both worked"
    for first, eleventh in zip(moments, moments[11:], strict=False):
        assert eleventh - first > 0.9, "never more than ten in a second"


def test_a_home_that_somebody_writes_alone_is_waited_for(
    sandbox: Sandbox, redis: RedisServer, tmp_path: Path
) -> None:
    home = sandbox.home(tmp_path / "home", rate=20.0)
    with Crawl(home, "mastodon", "mastodon", pages=30) as alone_at_it:
        first = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            ended = pool.submit(alone_at_it.wait, lambda _: first.set())
            assert first.wait(30)
            with Crawl(home, "mastodon", "mastodon", redis.url, pages=5) as sharing:
                sharing.wait()
                assert ended.done(), "a shared frontier stands beside no other one of the same source"
