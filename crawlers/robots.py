"""robots.txt, failing closed (RFC 9309): asked before anything else of a host, and every request held to it.

What its answer means is in ``crawlers.robots_rules``. An answer is good for 24 hours, also for the crawls that follow
(``crawlers.robots_store``). ``Crawl-delay`` sets the pace of the host, one request at a time.
"""

from __future__ import annotations

import asyncio
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawlers.job_state import Job
from crawlers.refusals import Forbidden, Interrupted
from crawlers.robots_rules import Rules
from crawlers.robots_store import RobotsAnswer, keep, kept, origin_of


class RobotsMiddleware:
    """Asks robots.txt before the first request to a host and holds every request to it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["ROBOTS_AGENT"]
        self._job: Job = crawler.spider.job  # type: ignore[union-attr]
        self._known: dict[str, tuple[RobotsAnswer, Rules]] = {}
        self._asking: dict[str, asyncio.Task[RobotsAnswer]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy's settings."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Refuse what robots.txt disallows; keep to its pace."""
        if request.meta.get("robots"):
            return
        rules = await self._rules(origin_of(request.url))
        why_not = rules.why_not(request.url)
        if rules.unreadable:
            self._job.stop(f"{why_not}")
            raise Forbidden(f"{why_not}", "robotstxt/unreachable")
        if why_not:
            raise Forbidden(why_not, "robotstxt/forbidden")
        self._job.decide("robotstxt/allowed")
        if rules.crawl_delay:
            request.meta["autothrottle_dont_adjust_delay"] = True

    async def ask(self, origin: str) -> RobotsAnswer:
        """Ask ``origin`` for its robots.txt now; the answer is kept and holds from here on."""
        request = Request(
            f"{origin}/robots.txt", meta={"robots": True, "tries": 0}, callback=NO_CALLBACK, dont_filter=True
        )
        self._job.decide("robotstxt/asked")
        try:
            assert self._crawler.engine is not None
            response: Response = await self._crawler.engine.download_async(request)
            kind = (response.headers.get(b"Content-Type") or b"").decode("latin-1").lower()
            answer = RobotsAnswer(origin, response.status, kind, response.body)
        except Interrupted:
            raise
        except Exception as error:  # whatever went wrong, not knowing the rules forbids
            answer = RobotsAnswer(origin, failure=_short(error))
        keep(self._job.home, answer)
        self._heed(answer)
        return answer

    async def _rules(self, origin: str) -> Rules:
        """What holds for ``origin``: what is known for less than a day, else what it answers now."""
        if origin not in self._known:
            earlier = kept(self._job.home, origin)
            if earlier is not None and earlier.may_stand(self._agent):
                self._job.decide("robotstxt/known")
                self._heed(earlier)
        answer, rules = self._known.get(origin, (None, Rules()))
        if answer is None or not (rules.unreadable or answer.is_fresh()):
            await self._ask_once(origin)
            _, rules = self._known[origin]
        return rules

    async def _ask_once(self, origin: str) -> None:
        """Requests that come while the answer is under way share it."""
        if origin not in self._asking:
            self._asking[origin] = asyncio.ensure_future(self.ask(origin))
        try:
            await asyncio.shield(self._asking[origin])
        finally:
            self._asking.pop(origin, None)

    def _heed(self, answer: RobotsAnswer) -> None:
        rules = answer.rules(self._agent)
        self._known[answer.origin] = (answer, rules)
        if rules.crawl_delay:
            self._slow_down(answer.origin, rules.crawl_delay)

    def _slow_down(self, origin: str, delay: float) -> None:
        """One request at a time, ``delay`` seconds apart, unless the policy is slower still."""
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        name = urlsplit(origin).hostname or ""
        pace: dict[str, Any] = {
            "concurrency": 1,
            "delay": max(delay, self._crawler.settings.getfloat("DOWNLOAD_DELAY")),
            "jitter": 0.0,
        }
        downloader.per_slot_settings[name] = pace
        shared = self._crawler.spider.job.frontier.pace  # type: ignore[union-attr]
        if shared is not None:
            shared.delay, shared.concurrency = pace["delay"], 1
        slot = downloader.slots.get(name)
        if slot is not None:
            slot.concurrency, slot.delay, slot.jitter = 1, pace["delay"], 0.0


def _short(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:150]}" if text else type(error).__name__
