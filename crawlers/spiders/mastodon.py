"""Mastodon: the public timeline or tags, then the follow lists of the accounts seen and the followers of brands."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

import orjson
from scrapy.http import Response

from crawlers.frontier import Leased
from crawlers.protocols.mastodon import next_link, parse_account, parse_follows, parse_timeline, parse_trends
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.spiders.base import LakeSpider
from crawlers.spiders.follows import follows_of, tracked_accounts
from lake.raw import RawAccount
from privacy.errors import BadInputError

_STATUSES = ("tracked", "authors", "none")
_CLOSED = (401, 422)  # what Mastodon answers to strangers, today and before 4.0
_MEMO = 1 << 19  # slots of 8 bytes


class MastodonSpider(LakeSpider):
    """Parameters: ``tags`` and ``terms``, which are read as tags (without any, the public timeline), ``follows`` (whose
    follow lists: of all accounts ``seen``, of ``authors`` of posts only, or ``none``), ``statuses`` (whose own pages,
    which alone show plain boosts: of ``tracked`` accounts, of ``authors`` too, or ``none``), ``trends`` (``no`` leaves
    the trending tags out).
    """

    name = "mastodon"
    lists: ClassVar[frozenset[str]] = frozenset({"timeline", "trends"})
    parameters: ClassVar[frozenset[str]] = frozenset({"tags", "terms", "follows", "statuses", "trends"})

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.follows = follows_of(self.options)
        self.statuses = self.options.get("statuses", "tracked")
        if self.statuses not in _STATUSES:
            hint = f"Take one of {', '.join(_STATUSES)}."
            raise BadInputError(f"statuses={self.statuses} is unknown.", hint)
        self._seen = array("q", bytes(8 * _MEMO))

    def first_asks(self) -> Iterator[Ask]:
        """Timelines, trending tags, and the tracked accounts of this source with their followers."""
        tags = ["".join(tag.split()).lstrip("#") for tag in self.several("tags") + self.several("terms")]
        for tag in filter(None, tags):
            url = f"{self.base}/api/v1/timelines/tag/{quote(tag, safe='')}?limit=40"
            yield Ask(url, "timeline", {"board": tag}, priority=10)
        if not tags:
            yield Ask(f"{self.base}/api/v1/timelines/public?limit=40", "timeline", priority=10)
        if self.options.get("trends") != "no":
            yield Ask(f"{self.base}/api/v1/trends/tags?limit=20", "trends")
        for name in tracked_accounts(self.job):
            yield self._tracked(name)

    def _tracked(self, name: str) -> Ask:
        """A tracked account: ``#native_id``, or a handle to look up."""
        if name.startswith("#"):
            url = f"{self.base}/api/v1/accounts/{quote(name[1:], safe='')}"
        else:
            url = f"{self.base}/api/v1/accounts/lookup?{urlencode({'acct': name.removeprefix('@')})}"
        return Ask(url, "account", {"followers": True}, priority=8)

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Parse by the kind of the ask."""
        link = response.headers.get(b"Link")
        following_page = None if link is None else next_link(link.decode("latin-1"), response.url)
        body, url, meta = response.body, response.url, ask.meta
        match ask.kind:
            case "timeline" | "statuses":
                return parse_timeline(
                    body,
                    url,
                    next_url=following_page,
                    linked=link is not None,
                    kind=ask.kind,
                    board=meta.get("board"),
                    since=self.job.since,
                    is_new=self._is_new,
                    meta=meta,
                )
            case "following" | "followers":
                return parse_follows(
                    body,
                    url,
                    owner=str(meta["owner"]),
                    followers=ask.kind == "followers",
                    left=meta.get("left"),
                    next_url=following_page,
                    is_new=self._is_new,
                    meta=meta,
                )
            case "account":
                return parse_account(body, url)
            case "trends":
                return parse_trends(body, url)
        raise BadPage(f"an ask of unknown kind {ask.kind}")

    def _is_new(self, account: dict[str, Any]) -> bool:
        """Whether this process has not read the account with these very values: timelines repeat their authors."""
        state = hash(orjson.dumps(account))
        slot = hash(str(account.get("id"))) % _MEMO  # two accounts of one slot are only given again
        if self._seen[slot] == state:
            return False
        self._seen[slot] = state
        return True

    def on_read(self, leased: Leased, page: RawPage) -> Iterator[Any]:
        """Queue the next page and the follow lists; a list is remembered when its last page is in."""
        kind, remember = leased.ask.kind, leased.ask.remember
        for ask in page.next:
            if ask.kind == kind and remember is not None:
                ask.remember, remember = remember, None
        if self.follows == "seen" or (self.follows == "authors" and kind == "timeline"):
            page.next.extend(filter(None, map(self.following, page.rows.accounts)))
        tracked = kind == "account" and bool(leased.ask.meta.get("followers"))
        if tracked:
            page.next.extend(self._followers(account) for account in page.rows.accounts)
        if (tracked and self.statuses != "none") or (kind == "timeline" and self.statuses == "authors"):
            page.next.extend(filter(None, map(self._own_page, page.rows.accounts)))
        if kind in ("timeline", "statuses"):
            for post in page.rows.posts:
                self.job.saw(post["created_at"])
        self.job.frontier.put(page.next)
        yield self.item(leased, page, remember=remember is not None)

    def following(self, account: RawAccount) -> Ask | None:
        """The follow list of a local account that shows it."""
        hidden = account.get("hide_collections") or account.get("noindex")
        if hidden or not self._is_local(account) or not account.get("following_count"):
            return None
        owner = account["native_id"]
        return Ask(
            f"{self.base}/api/v1/accounts/{quote(owner, safe='')}/following?limit=80",
            "following",
            {"owner": owner, "left": account.get("following_count")},
            remember=(f"following:{owner}", str(account.get("following_count"))),
        )

    def _is_local(self, account: RawAccount) -> bool:
        """Whether an account is of this server; Takahē names the host in the handles of its own accounts, too."""
        _, mark, host = (account.get("handle") or "").rpartition("@")
        return not mark or host.lower() == urlsplit(self.base).hostname

    def _own_page(self, account: RawAccount) -> Ask | None:
        """The statuses of an account of this server that does not ask to be left out."""
        if account.get("noindex") or not self._is_local(account):
            return None
        owner = account["native_id"]
        state = f"{account.get('posts_count')}/{account.get('last_active_at')}"
        url = f"{self.base}/api/v1/accounts/{quote(owner, safe='')}/statuses?limit=40"
        return Ask(url, "statuses", priority=6, remember=(f"statuses:{owner}", state))

    def on_status(self, leased: Leased, response: Response) -> Iterator[Any]:
        """A server may show its timelines, or all that it has, to its members only."""
        if response.status in _CLOSED:
            why = f"it shows this to its members only (the source answered {response.status})"
            yield from self._blocked(leased, why)
        else:
            yield from super().on_status(leased, response)

    def _followers(self, account: RawAccount) -> Ask:
        owner = account["native_id"]
        return Ask(
            f"{self.base}/api/v1/accounts/{quote(owner, safe='')}/followers?limit=80",
            "followers",
            {"owner": owner, "left": account.get("followers_count")},
            priority=5,
            remember=(f"followers:{owner}", str(account.get("followers_count"))),
        )
