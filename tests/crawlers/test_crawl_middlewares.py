"""Parts of a crawl on their own: what a refused request costs, and a page on which a parser fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawlers.check import NoRows
from crawlers.frontier.sqlite import SqliteFrontier
from crawlers.job import settings_for
from crawlers.job_state import Job
from crawlers.middlewares import PaceMiddleware
from crawlers.protocols.page import Ask, RawPage
from crawlers.refusals import Forbidden
from crawlers.spiders.base import LakeSpider, PageItem
from privacy.home import Home
from privacy.policies import add_policy, load_policies
from tests.crawlers.crawl_lab import policy

BASE = "http://127.0.0.1:9"


class FailingSpider(LakeSpider):
    """A spider with a fault in its parser."""

    name = "failing"

    def first_asks(self) -> Iterator[Ask]:
        """None of its own."""
        yield from ()

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Fail as code does that trusts a page."""
        raise KeyError(response.body.decode())


@pytest.fixture
def job(tmp_path: Path, home: Home) -> Iterator[Job]:
    add_policy(home, policy("s", BASE, "mastodon"))
    frontier = SqliteFrontier(tmp_path / "frontier.sqlite", str)
    frontier.begin("r", {})
    policies = load_policies(home)
    yield Job(home, policies.for_source("s"), policies, "failing", "r", BASE, frontier, NoRows())
    frontier.close()


def test_a_page_on_which_a_parser_fails_is_told_and_kept(job: Job) -> None:
    spider = FailingSpider(job)
    job.frontier.put([Ask(f"{BASE}/@amy", "timeline")])
    leased = job.next_ask()
    assert leased is not None
    response = Response(f"{BASE}/@amy", body=b"amy", request=spider.request(leased))
    [item] = list(spider.on_page(response))
    assert isinstance(item, PageItem)
    [reject] = item.rows.rejects
    assert (reject["table"], reject["row"]["body"]) == ("pages", "amy")
    assert item.receipt.reason == reject["reason"] == job.first_failure
    assert "KeyError" in job.first_failure
    assert "amy" not in job.first_failure, "the reason is shown to all"


def test_only_requests_that_were_sent_end(job: Job) -> None:
    crawler = Crawler(FailingSpider, settings_for(job.policy, {}))
    crawler.spider = FailingSpider(job)
    pace = PaceMiddleware(crawler)
    sent, refused = Request(f"{BASE}/a"), Request(f"{BASE}/b")
    asyncio.run(pace.process_request(sent))
    [host] = job.paces.values()
    pace.process_exception(refused, Forbidden("robots.txt says no"))
    assert host.under_way == 1, "the other one still is"
    pace.process_response(sent, Response(sent.url))
    assert host.under_way == 0
