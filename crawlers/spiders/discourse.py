"""Discourse: the latest topics (or those of tags), all their posts, the profiles of their authors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import quote

from scrapy.http import Response

from crawlers.frontier import Leased
from crawlers.protocols.discourse import (
    parse_categories,
    parse_latest,
    parse_posts,
    parse_topic,
    parse_user,
    user_url,
)
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.spiders.profiles import ProfiledSpider


class DiscourseSpider(ProfiledSpider):
    """Parameter: ``tags`` (comma separated; without any, the latest topics of the whole forum)."""

    name = "discourse"
    lists: ClassVar[frozenset[str]] = frozenset({"latest"})
    parameters: ClassVar[frozenset[str]] = frozenset({"tags"})

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._lists = [f"{self.base}/tag/{quote(tag, safe='')}.json" for tag in self.several("tags")]
        self._lists = self._lists or [f"{self.base}/latest.json"]

    def first_asks(self) -> Iterator[Ask]:
        """The names of the boards; the lists of topics follow from there."""
        yield Ask(f"{self.base}/categories.json?include_subcategories=true", "categories", priority=10)

    def profile_url(self, handle: str) -> str:
        """Where a profile answers."""
        return user_url(self.base, handle)

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Parse by the kind of the ask."""
        body, url, meta = response.body, response.url, ask.meta
        match ask.kind:
            case "categories":
                return parse_categories(body, url, latest_urls=self._lists)
            case "latest":
                return parse_latest(body, url, boards=meta.get("boards"), since=self.job.since)
            case "topic":
                return parse_topic(body, url, board=meta.get("board"))
            case "posts":
                return parse_posts(body, url, meta=meta)
            case "user":
                return parse_user(body, url)
        raise BadPage(f"an ask of unknown kind {ask.kind}")

    def on_read(self, leased: Leased, page: RawPage) -> Iterator[Any]:
        """Queue what follows; hold pages of posts until their authors are known."""
        self.pass_memory_on(leased, page, "posts")
        self.job.frontier.put(page.next)
        if leased.ask.kind == "user":
            yield from self.answered(leased, page)
        else:
            yield from self.hold(leased, page)

    def gave_up(self, leased: Leased, reason: str | None) -> Iterator[Any]:
        """Without boards the topics are still read."""
        if leased.ask.kind == "categories":
            self.job.frontier.put(Ask(url, "latest", {"boards": {}}, priority=10) for url in self._lists)
        yield from super().gave_up(leased, reason)
