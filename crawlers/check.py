"""What a crawl of a source may do, found out without fetching a page: ``python -m crawlers.check --home H --source N``.

robots.txt is asked for now, through the middlewares of a crawl, and its answer holds for the crawls of the next day.
Like a crawl this is a process of its own; it prints one JSON line, ``{"check": …}`` or ``{"refused": …}``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from crawlers.frontier.sqlite import SqliteFrontier
from crawlers.job import demand_contact, raise_what_stopped, settings_for
from crawlers.job_state import Job
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.registry import SPIDERS, spider_of
from crawlers.report import Address, SourceCheck
from crawlers.robots import RobotsMiddleware
from crawlers.robots_rules import Rules
from crawlers.robots_store import origin_of
from crawlers.spiders.base import LakeSpider
from lake.raw import RawRows
from privacy.errors import BadInputError, RenqunError
from privacy.home import Home
from privacy.policies import Policy, load_policies

_ADDRESSES = 5


class NoRows:
    """A writer for a job that keeps nothing."""

    def add(self, raw: RawRows, ack: Any) -> None:
        """A check fetches no page, so there can be no row."""
        raise AssertionError("a check has no rows")

    def flush(self) -> None:
        """Nothing waits."""

    def close(self, tidy: bool = True) -> None:
        """Nothing is open."""


class CheckSpider(LakeSpider):
    """Asks the hosts of some addresses for their robots.txt, and for nothing else."""

    name = "check"

    def __init__(self, job: Job, urls: Sequence[str], rules: dict[str, Rules]) -> None:
        super().__init__(job)
        self._urls, self._rules = urls, rules

    async def start(self) -> AsyncIterator[Any]:
        """Ask each host once."""
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        assert isinstance(robots, RobotsMiddleware)
        agent = self.crawler.settings["ROBOTS_AGENT"]
        for origin in dict.fromkeys(map(origin_of, self._urls)):
            self._rules[origin] = (await robots.ask(origin)).rules(agent)
        return
        yield

    def first_asks(self) -> Iterator[Ask]:
        """None: only robots.txt is asked for."""
        yield from ()

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Refuse what was not asked for."""
        raise BadPage("a check reads no page")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check one source and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m crawlers.check", description=__doc__.split("\n")[0])
    parser.add_argument("--home")
    parser.add_argument("--source", required=True)
    given = parser.parse_args(arguments)
    try:
        found: dict[str, Any] = {"check": run(Home.find(given.home), given.source).to_dict()}
    except RenqunError as error:
        found = {"refused": [error.message, error.hint]}
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    return 0


def run(home: Home, source: str) -> SourceCheck:
    """Check in this process; its reactor is used up afterwards."""
    policies = load_policies(home)
    policy = policies.for_source(source)
    settings = settings_for(policy, {})
    found = SourceCheck(source, policy.kind, seconds=1.0 / policy.rate, concurrency=policy.concurrency)
    spider = spider_of(policy.kind)
    if spider is None:
        found.note = f"The kind {policy.kind} is imported from files; nothing is fetched."
        return found
    demand_contact(policy.base_url, settings)
    with tempfile.TemporaryDirectory() as folder:
        frontier = SqliteFrontier(Path(folder, "check.sqlite"), str)
        try:
            frontier.begin("check", {})
            job = Job(home, policy, policies, "check", "check", policy.base_url, frontier, NoRows())
            urls = _first_addresses(job, spider, found)
            _note_rules(found, urls, policy, _ask(job, settings, urls))
        finally:
            frontier.close()
    return found


def _first_addresses(job: Job, name: str, found: SourceCheck) -> list[str]:
    """Where the source's spider begins; the base address for one that cannot begin without parameters."""
    try:
        spider = load_object(SPIDERS[name])(job=job)
        urls = [ask.url for ask in islice(spider.first_asks(), _ADDRESSES)]
    except BadInputError as error:
        found.note = f"The spider needs a parameter: {error.message}"
        urls = []
    return urls or [job.base_url]


def _ask(job: Job, settings: Settings, urls: Sequence[str]) -> dict[str, Rules]:
    rules: dict[str, Rules] = {}
    process = AsyncCrawlerProcess(settings)
    asking = process.crawl(CheckSpider, job=job, urls=urls, rules=rules)
    process.start()
    raise_what_stopped(asking)
    return rules


def _note_rules(found: SourceCheck, urls: Sequence[str], policy: Policy, rules: dict[str, Rules]) -> None:
    """The decision for each address, and the pace that results."""
    for url in urls:
        mine = rules.get(origin_of(url), Rules(unreadable="could not be asked for"))
        found.addresses.append(Address(url, mine.why_not(url)))
        found.unreachable = found.unreachable or bool(mine.unreadable)
        if mine.crawl_delay:
            found.crawl_delay = max(found.crawl_delay, mine.crawl_delay)
            found.seconds, found.concurrency = max(found.crawl_delay, 1.0 / policy.rate), 1


if __name__ == "__main__":
    sys.exit(main())
