"""From the spider to the lake: rows into the batch writer, receipts back to the frontier once they are committed."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any, Self

from scrapy.crawler import Crawler

from crawlers.job_state import Job
from crawlers.spiders.base import PageItem

_PROGRESS_SECONDS = 0.5


class LakePipeline:
    """Hands every page to ``lake.writer``; its thread commits and then acknowledges the page's ask."""

    def __init__(self, crawler: Crawler) -> None:
        self._job: Job = crawler.spider.job  # type: ignore[union-attr]
        self._told = 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the job from the spider that it was given to."""
        return cls(crawler)

    def process_item(self, item: PageItem) -> PageItem:
        """Queue one page. A write that failed stops the crawl: nothing more is fetched that could not be kept."""
        counts = self._job.counts
        counts.update(item.counts)
        for name, times in item.counts.items():
            if times and "/" in name:
                self._job.decide(name, times)
        try:
            self._job.writer.add(item.rows, item.receipt)
        except Exception as error:
            self._job.broke(error)
        self._tell(counts)
        return item

    def _tell(self, counts: Any) -> None:
        """One line of progress on standard output now and then, for whoever started the job."""
        now = time.monotonic()
        if now - self._told >= _PROGRESS_SECONDS:
            self._told = now
            try:
                sys.stdout.write(json.dumps({"progress": dict(counts)}) + "\n")
                sys.stdout.flush()
            except BrokenPipeError:
                self._job.stop("whoever started it is gone")
                sys.stdout = open(os.devnull, "w")  # noqa: SIM115  nobody reads it any more
