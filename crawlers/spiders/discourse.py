"""Discourse: the latest topics (or those of tags), all their posts, the profiles of their authors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import quote

from scrapy.http import Response

from crawlers.frontier import Leased, Receipt
from crawlers.protocols.discourse import (
    parse_categories,
    parse_latest,
    parse_posts,
    parse_search,
    parse_topic,
    parse_user,
    search,
    user_url,
)
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.spiders.base import PageItem, refused_page
from crawlers.spiders.profiles import ProfiledSpider
from lake.raw import RawRows


class DiscourseSpider(ProfiledSpider):
    """Parameters, comma separated: ``tags``, and ``terms`` to search for; without any, the latest topics of the forum.

    Every profile of a real Discourse says ``noindex``, so nothing of it is kept; it is looked at, since it alone says
    that a person hides it, which their posts do not.
    """

    name = "discourse"
    lists: ClassVar[frozenset[str]] = frozenset({"latest"})
    looked_at: ClassVar[frozenset[str]] = frozenset({"user"})
    parameters: ClassVar[frozenset[str]] = frozenset({"tags", "terms"})

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        addresses = [f"{self.base}/tag/{quote(tag, safe='')}.json" for tag in self.several("tags")]
        terms = self.several("terms")
        if not addresses and not terms:
            addresses = [f"{self.base}/latest.json"]
        self._lists = [Ask(address, "latest", priority=10) for address in addresses]
        self._lists += [search(self.base, term, self.job.since) for term in terms]

    def first_asks(self) -> Iterator[Ask]:
        """The names of the boards; the lists of topics and what is found for terms follow from there."""
        yield Ask(f"{self.base}/categories.json?include_subcategories=true", "categories", priority=10)

    def profile_url(self, handle: str) -> str:
        """Where a profile answers."""
        return user_url(self.base, handle)

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Parse by the kind of the ask."""
        body, url, meta = response.body, response.url, ask.meta
        match ask.kind:
            case "categories":
                return parse_categories(body, url, lists=self._lists)
            case "latest":
                return parse_latest(body, url, meta=meta, since=self.job.since)
            case "topic":
                return parse_topic(body, url, board=meta.get("board"), since=self.job.since)
            case "posts":
                return parse_posts(body, url, meta=meta, since=self.job.since)
            case "search":
                return parse_search(body, url, meta=meta, since=self.job.since)
            case "found":
                return parse_topic(body, url, board=meta.get("board"), since=self.job.since, whole=False)
            case "user":
                page = parse_user(body, url)
                page.counts["optout/noindex"] = int(bool(response.meta.get("noindex")))
                return page
        raise BadPage(f"an ask of unknown kind {ask.kind}")

    def on_read(self, leased: Leased, page: RawPage) -> Iterator[Any]:
        """Queue what follows; hold pages of posts until their authors are known."""
        self.pass_memory_on(leased, page, "posts")
        self.job.frontier.put(page.next)
        if leased.ask.kind == "user":
            yield from self.answered(leased, page, keep=not page.counts["optout/noindex"])
        else:
            yield from self.hold(leased, page)

    def on_status(self, leased: Leased, response: Response) -> Iterator[Any]:
        """A term that the forum does not search for, since it is too short, is told; the source is not down."""
        if leased.ask.kind == "search" and response.status in (400, 422):
            self.job.succeeded()
            reason = f"the source does not search for this term (it answered {response.status})"
            rows = RawRows(rejects=[refused_page(leased.ask, reason, response.body)])
            yield PageItem(rows, Receipt(leased.id))
            return
        yield from super().on_status(leased, response)

    def gave_up(self, leased: Leased, reason: str | None) -> Iterator[Any]:
        """Without boards the topics are still read."""
        if leased.ask.kind == "categories":
            self.job.frontier.put(self._lists)
        yield from super().gave_up(leased, reason)
