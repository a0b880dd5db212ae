"""robots.txt, failing closed (RFC 9309): what cannot be read forbids everything.

=================================================  ==========================================
the answer for ``/robots.txt``                     what it means here
=================================================  ==========================================
200, a text                                        its rules; the first 500 KiB of it
200, an HTML page                                  not a permission: everything is disallowed
401, 403, 404, 410 and other 4xx                   no rules (RFC 9309, 2.3.1.3)
429, 5xx, no answer, a timeout, a broken body      everything is disallowed (RFC 9309, 2.3.1.4)
more than five redirects, or to another host       everything is disallowed
=================================================  ==========================================

Rules are read again after 24 hours. ``Crawl-delay`` sets the pace of the host, one request at a time.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

MAX_BYTES = 500 * 1024
_FRESH_SECONDS = 24 * 3600.0


class Forbidden(IgnoreRequest):
    """robots.txt, the policy or a noindex header says no; the text says which."""


@dataclass(slots=True)
class Rules:
    """What one host allows. ``unreadable`` says why nothing is allowed where there are no rules to quote."""

    parser: Protego | None = None
    unreadable: str = ""
    crawl_delay: float = 0.0
    read_at: float = 0.0

    def why_not(self, url: str, agent: str) -> str | None:
        """Why ``url`` may not be fetched, or None where it may."""
        if self.unreadable:
            return f"robots.txt of {urlsplit(url).netloc} {self.unreadable}, so nothing may be fetched"
        if self.parser is not None and not self.parser.can_fetch(url, agent):
            return f"robots.txt of {urlsplit(url).netloc} disallows {urlsplit(url).path}"
        return None


def read_rules(status: int, body: bytes, content_type: str, agent: str) -> Rules:
    """The rules that one final answer stands for (see the table above)."""
    if status == 429 or status >= 500:
        return Rules(unreadable=f"answered {status}")
    if 400 <= status < 500:
        return Rules()
    if not 200 <= status < 300:
        return Rules(unreadable=f"answered {status}")
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:256].lower()
    if start.startswith((b"<!doctype", b"<html")) or ("html" in content_type and start.startswith(b"<")):
        return Rules(unreadable="is an HTML page")
    if len(body) > MAX_BYTES:
        body = body[: body.rfind(b"\n", 0, MAX_BYTES) + 1] or body[:MAX_BYTES]
    parser = Protego.parse(body.decode("utf-8", "replace"))
    delay = parser.crawl_delay(agent)
    return Rules(parser, crawl_delay=max(0.0, float(delay)) if delay is not None else 0.0)


class RobotsMiddleware:
    """Asks robots.txt before the first request to a host and holds every request to it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["ROBOTS_AGENT"]
        self._hosts: dict[str, Rules] = {}
        self._asking: dict[str, asyncio.Task[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy's settings."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Refuse what robots.txt disallows; keep to its pace."""
        if request.meta.get("robots"):
            return
        host = request.url[: request.url.index("/", 8)]
        rules = self._hosts.get(host)
        if rules is None or time.monotonic() - rules.read_at > _FRESH_SECONDS:
            rules = await self._ask_once(host)
        why_not = rules.why_not(request.url, self._agent)
        if why_not:
            raise Forbidden(why_not)
        if rules.crawl_delay:
            request.meta["autothrottle_dont_adjust_delay"] = True

    async def _ask_once(self, host: str) -> Rules:
        """Requests that come while the answer is under way share it."""
        if host not in self._asking:
            self._asking[host] = asyncio.ensure_future(self._ask(host))
        try:
            return await asyncio.shield(self._asking[host])
        finally:
            self._asking.pop(host, None)

    async def _ask(self, host: str) -> Rules:
        request = Request(
            f"{host}/robots.txt", meta={"robots": True, "tries": 0}, callback=NO_CALLBACK, dont_filter=True
        )
        try:
            assert self._crawler.engine is not None
            response: Response = await self._crawler.engine.download_async(request)
            kind = (response.headers.get(b"Content-Type") or b"").decode("latin-1").lower()
            rules = read_rules(response.status, response.body, kind, self._agent)
        except Exception as error:  # whatever went wrong, not knowing the rules forbids
            rules = Rules(unreadable=f"could not be read ({_short(error)})")
        rules.read_at = time.monotonic()
        self._hosts[host] = rules
        if rules.crawl_delay:
            self._slow_down(host, rules.crawl_delay)
        return rules

    def _slow_down(self, host: str, delay: float) -> None:
        """One request at a time, ``delay`` seconds apart, unless the policy is slower still."""
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        name = urlsplit(host).hostname or ""
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
