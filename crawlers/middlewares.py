"""What every request passes: the source's policy, retries with back-off, and the pace the server asks for."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response

from crawlers.challenges import log_in_page
from crawlers.job_state import Job
from crawlers.pace import LONGEST_WAIT, Pace
from crawlers.protocols.page import AGENT, NOT_KEPT
from crawlers.refusals import Blocked, Forbidden, Interrupted
from crawlers.robots_store import origin_of
from privacy.errors import NoPolicyError, RenqunError

_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_TOO_MUCH = (429, 503)
_LOOK_SECONDS = 0.5  # between two looks, while a request waits, whether the crawl is to end
_MOST_DOUBLINGS = 10
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_AGENT = re.compile(r"\*|[a-z][a-z0-9_-]*")


class PolicyMiddleware:
    """No policy entry, no request; nothing leaves the host that the entry names; ``noindex`` is obeyed.

    An answer to a request with ``looked_at`` in its meta is let through with ``noindex`` there: its reader looks for
    the opt-out in it and keeps nothing of it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._job: Job = crawler.spider.job  # type: ignore[union-attr]
        self._inside = self._job.policy.base_url.rstrip("/") + "/"
        self._agent: str = crawler.settings["USER_AGENT"]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the job from the spider that it was given to."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Say who asks; refuse addresses that the job's own policy entry does not cover."""
        request.headers[b"User-Agent"] = self._agent
        if request.url.startswith(self._inside):
            return
        if request.meta.get("robots") and self._same_host(request.url):
            return
        try:
            policy = self._job.policies.for_url(request.url)
        except NoPolicyError:
            if request.meta.get("redirect_times") and (name := log_in_page(request.url)):
                raise Blocked(name) from None
            led = "the source leads elsewhere, and " if request.meta.get("redirect_times") else ""
            raise Forbidden(f"{led}no policy entry covers {origin_of(request.url)}") from None
        if policy.source != self._job.policy.source:
            raise Forbidden(f"{origin_of(request.url)} belongs to another source ({policy.source})")

    def process_response(self, request: Request, response: Response) -> Response:
        """Drop what the server asks not to be indexed."""
        for value in response.headers.getlist(b"X-Robots-Tag"):
            if not request.meta.get("robots") and says_noindex(value.decode("latin-1")):
                if not request.meta.get("looked_at"):
                    raise Forbidden("the server says X-Robots-Tag: noindex", "optout/noindex")
                request.meta["noindex"] = True
        return response

    def _same_host(self, url: str) -> bool:
        return origin_of(url) == origin_of(self._inside)


def says_noindex(header: str, agent: str = AGENT) -> bool:
    """Whether an ``X-Robots-Tag`` value forbids us to keep the page: ``[agent:] directive, directive…``.

    Directives behind the name of an agent are for it alone; some have a value (``max-snippet: 20``) and name nobody.
    """
    ours = True
    for part in header.lower().split(","):
        name, colon, rest = map(str.strip, part.partition(":"))
        if colon and _AGENT.fullmatch(name) and name not in _VALUED:
            ours, part = name in (agent, "*"), rest
        if ours and not NOT_KEPT.isdisjoint(part.split()):
            return True
    return False


async def pause(crawler: Crawler, seconds: float) -> None:
    """Let a request wait. Raises Interrupted where the crawl is told to end, or its time is up: waits may be long."""
    job: Job = crawler.spider.job  # type: ignore[union-attr]
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(left, _LOOK_SECONDS))
        if not crawler.crawling or job.is_late():
            raise Interrupted("the crawl is to end")


class RetryMiddleware:
    """Sends a request again after a transient failure, a few times, waiting longer each time.

    The wait holds the request's place among the concurrent ones, so a failing server is also asked less.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._times = crawler.settings.getint("RETRIES")
        self._backoff = crawler.settings.getfloat("RETRY_BACKOFF")
        self._job: Job = crawler.spider.job  # type: ignore[union-attr]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy's settings."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        """Retry statuses that pass."""
        if response.status in _RETRIED:
            wait = seconds_to_wait(response.headers.get(b"Retry-After"))
            return await self._again(request, wait) or response
        return response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Retry connections that broke or timed out; refusals are final, and so is an answer that is too large."""
        if isinstance(exception, IgnoreRequest | RenqunError | DownloadCancelledError):
            return None
        return await self._again(request, None)

    async def _again(self, request: Request, wait: float | None) -> Request | None:
        tries = int(request.meta.get("tries", 0))
        if wait is not None and wait > LONGEST_WAIT:
            self._job.stop(f"the source asks to wait {wait / 60:.0f} minutes (Retry-After)")
        # A server that is down at the first request, or whose robots.txt fails, is not worth a long wait.
        if tries >= self._times or self._job.stop_reason:
            self._job.decide("retry/gave_up")
            return None
        self._job.counts["retried"] += 1
        self._job.decide("retry/count")
        seconds = max(self._backoff * 2**tries, wait or 0.0)
        self._job.decide("retry/waited_seconds", seconds)
        await pause(self._crawler, seconds)
        return request.replace(meta={**request.meta, "tries": tries + 1}, dont_filter=True)


class PaceMiddleware:
    """Waits where the server asks for it: ``Retry-After``, and Mastodon's ``X-RateLimit-Remaining`` and ``-Reset``.

    The requests under way are counted against what remains, so that the limit is not overrun by the concurrent ones. A
    host that answers 429 or 503 without saying how long is left alone as a whole, each time for twice as long. Workers
    that share a frontier take turns and hear of each other's waits, so that together they keep the policy's rate.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._job: Job = crawler.spider.job  # type: ignore[union-attr]
        self._hosts = self._job.paces
        self._backoff = crawler.settings.getfloat("RETRY_BACKOFF")
        self._shared = self._job.frontier.pace

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build from Scrapy's settings; the policy and the server set the pace."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Hold the request until its host may be asked again."""
        pace = self._hosts.setdefault(origin_of(request.url), Pace())
        while (wait := pace.wait()) > 0:
            self._job.decide("pace/waited_seconds", wait)
            await pause(self._crawler, wait)
        while self._shared is not None and (wait := self._shared.start()) > 0:
            await pause(self._crawler, wait)
        if pace.left is not None:
            pace.left -= 1
        pace.under_way += 1
        request.meta["under_way"] = True

    def process_response(self, request: Request, response: Response) -> Response:
        """Note what the server says about its limit."""
        pace, headers = self._hosts.setdefault(origin_of(request.url), Pace()), response.headers
        self._ended(request, pace)
        if not request.meta.get("robots"):
            self._job.decide(f"response/{response.status}")
        remaining = headers.get(b"X-RateLimit-Remaining")
        if remaining is not None and remaining.isdigit():
            pace.limit(int(remaining), seconds_to_wait(headers.get(b"X-RateLimit-Reset")))
        if response.status in _TOO_MUCH:
            asked = seconds_to_wait(headers.get(b"Retry-After"))
            pace.hold(self._backoff * 2 ** min(pace.refusals, _MOST_DOUBLINGS) if asked is None else asked)
            pace.refusals += 1
        elif response.status < 400:
            pace.refusals = 0
        if self._shared is not None and (wait := pace.wait()) > 0:
            self._shared.hold(wait)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """A request that failed is no longer under way; one that was refused before it was sent never was."""
        self._ended(request, self._hosts.setdefault(origin_of(request.url), Pace()))

    def _ended(self, request: Request, pace: Pace) -> None:
        if not request.meta.pop("under_way", False):
            return
        pace.under_way -= 1
        if self._shared is not None:
            self._shared.end()


def seconds_to_wait(header: bytes | None, now: datetime | None = None) -> float | None:
    """Seconds from now that a header names: a number of seconds, a Unix time, an ISO 8601 or an HTTP date."""
    if not header:
        return None
    text = header.decode("latin-1").strip()
    now = now or datetime.now(UTC)
    if re.fullmatch(r"\d{1,15}(\.\d+)?", text):
        number = float(text)
        return max(0.0, number - now.timestamp()) if number > 1e9 else number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
