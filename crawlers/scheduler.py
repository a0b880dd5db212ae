"""The frontier as Scrapy's scheduler (the contract of ``scrapy.core.scheduler.BaseScheduler``)."""

from __future__ import annotations

from collections import deque
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from crawlers.job_state import Job


class FrontierScheduler(BaseScheduler):
    """Hands out leased asks as requests; retries and redirects of a leased ask stay in memory, the lease stands.

    When a limit of the job is reached it hands out nothing more and says that nothing is pending, so that the engine
    finishes what is under way and closes.
    """

    def __init__(self, job: Job, spider: Any) -> None:
        self._job = job
        self._spider = spider
        self._again: deque[Request] = deque()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the job from the spider that it was given to."""
        return cls(crawler.spider.job, crawler.spider)  # type: ignore[union-attr]

    def open(self, spider: Spider) -> None:
        """Nothing to open: the job opened the frontier."""

    def close(self, reason: str) -> None:
        """Nothing to close: the job closes the frontier after the last commit."""

    def has_pending_requests(self) -> bool:
        """Whether requests wait; never once the job must stop."""
        return bool(self._again) or (not self._job.must_stop() and self._job.frontier.pending())

    def enqueue_request(self, request: Request) -> bool:
        """Take back a request whose ask is leased (a retry, a redirect, or one that the spider waited for);
        any other is refused."""
        if "leased" not in request.meta:
            return False
        self._again.append(request)
        return True

    def next_request(self) -> Request | None:
        """The next request to send."""
        if self._again:
            return self._again.popleft()
        leased = self._job.next_ask()
        return None if leased is None else self._spider.request(leased)
