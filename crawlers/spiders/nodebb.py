"""NodeBB: the topics of all categories (or of some, or of tags), all their posts, the people in them and whom they follow.

``/api/recent`` ends after the 200 topics that were answered last, so a whole forum is read category by category.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import quote

from scrapy.http import Response

from crawlers.frontier import Leased, Receipt
from crawlers.protocols.nodebb import (
    CHILDREN,
    TAGGED,
    TOPICS,
    category_list,
    parse_categories,
    parse_children,
    parse_follows,
    parse_topic,
    parse_topics,
    parse_user,
    topic_list,
    user_page,
)
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.spiders.base import PageItem, refused_page
from crawlers.spiders.follows import follows_of, tracked_accounts
from crawlers.spiders.profiles import ProfiledSpider
from lake.raw import RawAccount, RawRows


class NodebbSpider(ProfiledSpider):
    """Parameters: ``tags`` and ``categories`` (their numbers), comma separated: without any, the whole forum;
    ``follows`` (whose follow lists: of all accounts ``seen``, of ``authors`` of posts only, or ``none``).
    """

    name = "nodebb"
    lists: ClassVar[frozenset[str]] = frozenset({TOPICS})
    parameters: ClassVar[frozenset[str]] = frozenset({"tags", "categories", "follows"})

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.follows = follows_of(self.options)

    def first_asks(self) -> Iterator[Ask]:
        """The lists of topics, and the tracked accounts of this source with their followers."""
        tags, categories = self.several("tags"), self.several("categories")
        for tag in tags:
            yield Ask(topic_list(self.base, f"tags/{tag}"), TAGGED, priority=10)
        for category in categories:
            yield Ask(category_list(self.base, category), TOPICS, priority=10)
        if not tags and not categories:
            yield Ask(topic_list(self.base, "recent"), TOPICS, priority=10)
            yield Ask(f"{self.base}/api/categories?page=1", "categories", priority=12)
        for name in tracked_accounts(self.job):
            yield self._tracked(name)

    def _tracked(self, name: str) -> Ask:
        """A tracked account: ``#uid``, or a handle."""
        if name.startswith("#"):
            ask = Ask(f"{self.base}/api/user/uid/{quote(name[1:], safe='')}", "user", priority=20)
        else:
            ask = user_page(self.base, name.removeprefix("@").lower())
        ask.meta["followers"] = True
        return ask

    def profile_url(self, handle: str) -> str:
        """Where a profile answers."""
        return user_page(self.base, handle).url

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Parse by the kind of the ask."""
        body, url, meta = response.body, response.url, ask.meta
        match ask.kind:
            case "categories":
                return parse_categories(body, url, meta=meta)
            case "children":
                return parse_children(body, url, meta=meta)
            case "topics" | "tagged":
                return parse_topics(body, url, kind=ask.kind, meta=meta, since=self.job.since)
            case "topic":
                return parse_topic(body, url, meta=meta, since=self.job.since)
            case "user":
                return parse_user(body, url)
            case "following" | "followers":
                return parse_follows(body, url, kind=ask.kind, meta=meta)
        raise BadPage(f"an ask of unknown kind {ask.kind}")

    def on_read(self, leased: Leased, page: RawPage) -> Iterator[Any]:
        """Queue what follows; hold pages of posts until the people in them are known."""
        kind = leased.ask.kind
        self.pass_memory_on(leased, page, kind)
        if kind in ("following", "followers") and self.follows != "seen":
            page.next = [ask for ask in page.next if ask.kind == kind]
        if kind == "user":
            page.next.extend(self._follow_lists(leased, page.rows.accounts[0]))
        self.job.frontier.put(page.next)
        yield from self.answered(leased, page) if kind == "user" else self.hold(leased, page)

    def on_status(self, leased: Leased, response: Response) -> Iterator[Any]:
        """Servers before 3.6 list the first ten categories below one, and no others."""
        if leased.ask.kind == CHILDREN and response.status in (400, 404):
            self.job.succeeded()
            reason = (
                "the forum lists only the first categories below one: name the others, --set categories=…"
            )
            yield PageItem(RawRows(rejects=[refused_page(leased.ask, reason, b"")]), Receipt(leased.id))
            return
        yield from super().on_status(leased, response)

    def _follow_lists(self, leased: Leased, account: RawAccount) -> Iterator[Ask]:
        """The list of those whom a local account follows; of a tracked one also its followers."""
        uid, slug = account["native_id"], quote(account["handle"] or "", safe="")
        counts = {}
        if self.follows != "none":
            counts["following"] = account.get("following_count")
        if "followers" in leased.ask.meta:
            counts["followers"] = account.get("followers_count")
        for kind, count in counts.items():
            if count and uid.isdigit():
                address = f"{self.base}/api/user/{slug}/{kind}?page=1"
                yield Ask(address, kind, {"owner": uid}, 5, (f"{kind}:{uid}", str(count)))
