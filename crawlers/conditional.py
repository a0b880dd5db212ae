"""Asking again only for what changed (RFC 9110, 13.1): a list's ``ETag`` and ``Last-Modified`` go back with the next ask.

A list is asked conditionally where the crawl before looked as far, in the same way, and ended well: what is unchanged
then leads to nothing that was not read. After any failure, and for other parameters, everything is asked anew.
"""

from __future__ import annotations

import json
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawlers.job_state import Job

UNCHANGED = 304
_SENT_BACK = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
_LONGEST = 512


class ConditionalMiddleware:
    """Sends what the frontier remembers of a list's version."""

    def __init__(self, crawler: Crawler) -> None:
        self._job: Job = crawler.spider.job  # type: ignore[union-attr]
        self._lists: frozenset[str] = crawler.spider.lists  # type: ignore[union-attr]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the job and the kinds of lists from the spider."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Add the conditions to the ask of a list that an earlier crawl has read."""
        leased = request.meta.get("leased")
        if leased is None or not self._job.conditional or leased.ask.kind not in self._lists:
            return
        kept = self._job.frontier.remembered(memory_key(leased.ask.url))
        for header, value in json.loads(kept or "{}").items():
            request.headers[_SENT_BACK[header]] = value


def memory_key(url: str) -> str:
    """Under what name the frontier keeps the version of an address."""
    return f"version:{url}"


def version_of(response: Response) -> str | None:
    """What the answer says of its version, as the frontier keeps it; None where it says nothing usable."""
    said = {name: (response.headers.get(name) or b"").decode("latin-1").strip() for name in _SENT_BACK}
    kept = {name: text for name, text in said.items() if 0 < len(text) <= _LONGEST and text.isprintable()}
    return json.dumps(kept) if kept else None


def is_unchanged(response: Response) -> bool:
    """Whether a conditional ask was answered with 304; to any other ask that answer is a fault."""
    request = response.request
    asked = request is not None and any(name in request.headers for name in _SENT_BACK.values())
    return asked and response.status == UNCHANGED
