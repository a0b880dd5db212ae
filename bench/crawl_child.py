"""One crawl of the benchmark as a process of its own: the product's, or bare Scrapy's over the same pages.

``python -m bench.crawl_child renqun|scrapy SPIDER URL FOLDER`` prints one JSON line. Throttle and delays are off in both;
imports are done before the clock starts, and it stops when everything is closed (the product's tables tidied too).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import deltalake  # noqa: F401
import polars  # noqa: F401
import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.utils.misc import load_object

import crawlers.pipelines
import crawlers.settings
from crawlers.job import run
from crawlers.protocols.page import Ask
from crawlers.registry import SPIDERS
from privacy.home import Home
from privacy.policies import Policy, add_policy

CONCURRENCY = 8


def product(spider: str, url: str, folder: Path) -> dict[str, int]:
    """The real spider with all that belongs to it: robots, frontier, gate, lake."""
    home = Home(folder)
    home.root.mkdir(parents=True, exist_ok=True)
    entry = Policy(
        source=spider, base_url=url, kind=spider, licence_url="bench:", legal_basis="synthetic pages",
        fields=("posts.*", "accounts.*", "edges.*"), rate=1e9, concurrency=CONCURRENCY, delay=0.0,
    )  # fmt: skip
    add_policy(home, entry)
    crawlers.settings.AUTOTHROTTLE_ENABLED = False
    report = run(home, spider, spider, {})
    if report.status != "ok":
        raise SystemExit(report.message)
    return {"pages": report.counts["fetched"], "items": report.counts["items"]}


class BareSpider(scrapy.Spider):
    """What a Scrapy user would write around the same parsers: follow the links, yield each page's rows."""

    name = "bare"

    def __init__(self, spider: str, url: str, told: Counter[str]) -> None:
        super().__init__()
        own = SimpleNamespace(
            base_url=url, home=Home(Path("none")), since=None, policy=SimpleNamespace(source="")
        )
        self._parser = load_object(SPIDERS[spider])(job=own)
        self._more: Callable[[Any], Ask | None] | None = getattr(self._parser, "following", None)
        self._told = told

    async def start(self) -> AsyncIterator[Any]:
        """The spider's own first asks."""
        for ask in self._parser.first_asks():
            yield self._request(ask)

    def parse(self, response: Response) -> Iterator[Any]:
        """One page."""
        page = self._parser.read(response.meta["ask"], response)
        self._told["pages"] += 1
        self._told["items"] += page.counts.get("items", 0)
        for ask in page.next:
            yield self._request(ask)
        if self._more is not None:
            for ask in filter(None, map(self._more, page.rows.accounts)):
                yield self._request(ask)
        yield {"rows": page.rows}

    def _request(self, ask: Ask) -> scrapy.Request:
        return scrapy.Request(ask.url, priority=ask.priority, meta={"ask": ask})


def bare(spider: str, url: str, folder: Path) -> dict[str, int]:
    """Scrapy at its barest: its own scheduler and duplicate filter, and no middleware or extension that it can spare."""
    told = Counter[str]()
    spared = ("DOWNLOADER_MIDDLEWARES_BASE", "SPIDER_MIDDLEWARES_BASE", "EXTENSIONS_BASE")
    quiet: dict[str, Any] = {"LOG_LEVEL": "ERROR", "STATS_DUMP": False, **{key: {} for key in spared}}
    pace = {
        "CONCURRENT_REQUESTS": CONCURRENCY,
        "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENCY,
        "DOWNLOAD_DELAY": 0,
    }
    process = AsyncCrawlerProcess({**quiet, **pace, "AUTOTHROTTLE_ENABLED": False})
    process.crawl(BareSpider, spider=spider, url=url, told=told)
    process.start()
    return dict(told)


if __name__ == "__main__":
    which, spider, url, folder = sys.argv[1:5]
    began, before = time.perf_counter(), os.times()
    done = {"renqun": product, "scrapy": bare}[which](spider, url, Path(folder))
    seconds, after = time.perf_counter() - began, os.times()
    cpu = sum(after[:4]) - sum(before[:4])  # with that of children that have ended
    print(json.dumps({**done, "seconds": seconds, "cpu": cpu}))
