"""Discourse: the latest topics (or those of tags), all their posts, the profiles of their authors.

Whether a person hides their profile is only said on the profile's own page. A page of posts therefore waits until the
profiles of its authors have answered: posts of a hidden profile are never stored, and those of a profile that could
not be read are kept as refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote

from scrapy.http import Response

from crawlers.frontier import Leased, Receipt
from crawlers.protocols.discourse import (
    parse_categories,
    parse_latest,
    parse_posts,
    parse_topic,
    parse_user,
    user_url,
)
from crawlers.protocols.fields import reject
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.spiders.base import LakeSpider, PageItem

VISIBLE, HIDDEN, UNREADABLE = "visible", "hidden", "unreadable"


@dataclass(slots=True, eq=False)
class _Held:
    """A page that waits for the profiles in ``missing``."""

    leased: Leased
    page: RawPage
    missing: set[str]


class DiscourseSpider(LakeSpider):
    """Parameter: ``tags`` (comma separated; without any, the latest topics of the whole forum)."""

    name = "discourse"
    lists: ClassVar[frozenset[str]] = frozenset({"latest"})
    parameters: ClassVar[frozenset[str]] = frozenset({"tags"})

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._profiles: dict[str, str] = {}
        self._waiting: dict[str, list[_Held]] = {}
        tags = [tag.strip() for tag in self.options.get("tags", "").split(",") if tag.strip()]
        self._lists = [f"{self.base}/tag/{quote(tag, safe='')}.json" for tag in tags]
        self._lists = self._lists or [f"{self.base}/latest.json"]

    def first_asks(self) -> Iterator[Ask]:
        """The names of the boards; the lists of topics follow from there."""
        yield Ask(f"{self.base}/categories.json?include_subcategories=true", "categories", priority=10)

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
        self._pass_memory_on(leased, page)
        self.job.frontier.put(page.next)
        if leased.ask.kind == "user":
            hidden = any(account.get("profile_hidden") for account in page.rows.accounts)
            yield from self._answered(leased, page, HIDDEN if hidden else VISIBLE)
            return
        authors = {post["author_native_id"] for post in page.rows.posts}
        missing = {author for author in authors if self._profile(author) is None}
        if not missing:
            yield self._judged(leased, page)
            return
        held = _Held(leased, page, missing)
        for author in missing:
            self._waiting.setdefault(author, []).append(held)

    def gave_up(self, leased: Leased, reason: str | None) -> Iterator[Any]:
        """Without boards the topics are still read; a profile that is not shown counts as hidden."""
        if leased.ask.kind == "categories":
            self.job.frontier.put(Ask(url, "latest", {"boards": {}}, priority=10) for url in self._lists)
        elif leased.ask.kind == "user":
            yield from self._release(str(leased.ask.meta["username"]), _unshown(reason))

    def settle(self) -> Iterator[Any]:
        """Release pages whose authors another worker has looked up."""
        for username in list(self._waiting):
            state = self._profile(username)
            if state is not None:
                yield from self._release(username, state)

    def _pass_memory_on(self, leased: Leased, page: RawPage) -> None:
        """A topic counts as read when its last chunk of posts is in."""
        for ask in page.next:
            if ask.kind == "posts":
                ask.remember, leased.ask.remember = leased.ask.remember, None

    def _profile(self, username: str) -> str | None:
        """What this crawl knows of a profile, also from before it was interrupted and from other workers."""
        state = self._profiles.get(username)
        if state is None:
            kept = self.job.frontier.remembered(f"user:{username}")
            generation, _, said = (kept or "").partition(":")
            if said and generation == str(self.job.frontier.generation):
                state = self._profiles[username] = said
            elif (reason := self.job.frontier.outcome(user_url(self.base, username))) is not None:
                state = self._profiles[username] = _unshown(reason or None)
        return state

    def _answered(self, leased: Leased, page: RawPage, state: str) -> Iterator[Any]:
        username = str(leased.ask.meta["username"])
        memory = (f"user:{username}", f"{self.job.frontier.generation}:{state}")
        yield PageItem(page.rows, Receipt(leased.id, None, (memory,)), page.counts)
        yield from self._release(username, state)

    def _release(self, username: str, state: str) -> Iterator[Any]:
        self._profiles[username] = state
        for held in self._waiting.pop(username, ()):
            held.missing.discard(username)
            if not held.missing:
                yield self._judged(held.leased, held.page)

    def _judged(self, leased: Leased, page: RawPage) -> PageItem:
        """The page, its posts marked by what their authors' profiles said."""
        posts, page.rows.posts = page.rows.posts, []
        for post in posts:
            state = self._profile(post["author_native_id"])
            if state == UNREADABLE:
                reject(
                    page.rows,
                    "posts",
                    "the author's profile could not be read",
                    post,
                    post["author_native_id"],
                )
                continue
            if state == HIDDEN:
                post["author_noindex"] = True
            page.rows.posts.append(post)
            self.job.saw(post["created_at"])
        return self.item(leased, page)


def _unshown(reason: str | None) -> str:
    """What a profile counts as that was not shown; ``reason`` is None where the source has no such page."""
    return UNREADABLE if reason is not None and "answered 4" not in reason else HIDDEN
