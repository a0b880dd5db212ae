"""Hot lists: one page a list, a snapshot of the hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urljoin

from scrapy.http import Response

from crawlers.frontier import Leased
from crawlers.protocols.hotlist import parse_hotlist
from crawlers.protocols.page import Ask, RawPage
from crawlers.spiders.base import LakeSpider


class HotlistSpider(LakeSpider):
    """Parameter: ``list`` (the list's address, or its path below the base address; without it, that itself)."""

    name = "hotlist"
    parameters: ClassVar[frozenset[str]] = frozenset({"list"})

    def first_asks(self) -> Iterator[Ask]:
        """The list. It is one of this run: a list is never unchanged, since every hour counts."""
        path = self.options.get("list")
        url = urljoin(f"{self.base}/", path) if path else self.job.base_url
        yield Ask(f"{url}#{self.job.run_id}", "hotlist")

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Parse the list as of now."""
        return parse_hotlist(response.body, response.url, at=datetime.now(UTC))

    def on_read(self, leased: Leased, page: RawPage) -> Iterator[Any]:
        """Note the hour as taken; it is written once its rows are."""
        self.job.snapshots += [row["at"] for row in page.rows.keywords]
        yield from super().on_read(leased, page)
