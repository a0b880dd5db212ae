"""Discuz! forums, as guests see them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crawlers.protocols.discuz import parse_board, parse_index, parse_profile, parse_topic
from crawlers.protocols.discuz.links import board_of, topic_url
from crawlers.protocols.document import Document
from crawlers.protocols.page import Ask, RawPage
from crawlers.spiders.forums import ForumSpider


class DiscuzSpider(ForumSpider):
    """Parameters: those of all HTML forums; a board may also be given by its fid."""

    name = "discuz"

    def first_asks(self) -> Iterator[Ask]:
        """The list of boards."""
        yield Ask(f"{self.base}/forum.php", "index", priority=10)

    def index(self, page: Document) -> RawPage:
        """Parse ``forum.php``."""
        return parse_index(page)

    def board(self, page: Document, meta: dict[str, Any]) -> RawPage:
        """Parse a page of a board."""
        return parse_board(page, meta, self._zone, self.now(), self.job.since)

    def topic(self, page: Document, meta: dict[str, Any]) -> RawPage:
        """Parse a page of a topic."""
        return parse_topic(page, meta, self._zone, self.now(), self.job.since)

    def profile(self, page: Document) -> RawPage:
        """Parse a profile."""
        return parse_profile(page, self._zone, self.now())

    def page_of(self, url: str, number: int, size: int) -> str:
        """Pages are numbered in the address."""
        return topic_url(url, number)

    def names_of(self, ask: Ask) -> set[str]:
        """The board's name and fid."""
        return super().names_of(ask) | {(board_of(ask.url) or ("",))[0]}
