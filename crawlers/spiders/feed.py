"""Feeds: RSS and Atom, the newest entries and, where the feed names them, the pages behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urljoin

from scrapy.http import Response

from crawlers.frontier import Leased
from crawlers.protocols.feed import parse_feed
from crawlers.protocols.page import Ask, RawPage
from crawlers.protocols.paging import next_page
from crawlers.spiders.base import LakeSpider


class FeedSpider(LakeSpider):
    """Parameter: ``feeds`` (comma separated, addresses or paths below the base address; without any, that itself)."""

    name = "feed"
    parameters: ClassVar[frozenset[str]] = frozenset({"feeds"})
    lists: ClassVar[frozenset[str]] = frozenset({"feed"})

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._zone = self.zone()
        self._seen: set[int] = set()  # hashes of the ids of entries: a feed that pages in circles must end

    def first_asks(self) -> Iterator[Ask]:
        """The first page of every feed."""
        for url in [urljoin(f"{self.base}/", feed) for feed in self.several("feeds")] or [self.job.base_url]:
            yield Ask(url, "feed", {"feed": url})

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Parse one page."""
        kind = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
        return parse_feed(
            response.body,
            response.url,
            feed_url=str(ask.meta["feed"]),
            content_type=kind,
            zone=self._zone,
            since=self.job.since,
        )

    def on_read(self, leased: Leased, page: RawPage) -> Iterator[Any]:
        """Follow to the next page while pages bring entries that are new: to this crawl, and to one that was whole.

        Entries are told by their ids and not by their dates, since feeds also bring up older entries late.
        """
        keys = {f"entry:{post['native_id']}" for post in page.rows.posts}
        fresh = {key for key in keys if hash(key) not in self._seen}
        if self.job.conditional:
            fresh = {key for key in fresh if self.job.frontier.remembered(key) is None}
        following, page.next = page.next, []
        for ask in following if fresh else ():
            next_page(page, ask, sorted(fresh), leased.ask.meta, ask.meta)
        self._seen.update(map(hash, keys))
        self.job.frontier.put(page.next)
        item = self.item(leased, page)
        entries = tuple((key, "read") for key in sorted(keys))
        item.receipt = replace(item.receipt, remember=item.receipt.remember + entries)
        yield item
