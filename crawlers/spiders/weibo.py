"""Weibo's open platform API, with the user's own token: timelines, reposts, comments, users, friendships."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import urlencode

from scrapy.http import Response

from crawlers.frontier import Leased
from crawlers.pace import LONGEST_WAIT, Pace
from crawlers.protocols import weibo, weibo_errors
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.robots_store import origin_of
from crawlers.spiders.base import LakeSpider
from crawlers.spiders.follows import tracked_accounts
from lake.raw import RawAccount, RawPost, RawRows
from privacy.errors import BadInputError

_PER_PAGE = 100
_URGENT = 100
_YES = {"yes": True, "no": False}


class WeiboSpider(LakeSpider):
    """Parameters: ``users`` (ids or @names with commas; without any, the public timeline and the tracked accounts),
    ``reposts``, ``comments`` and ``follows`` (``no`` leaves those of the timelines' statuses, or of the users, out).
    """

    name = "weibo"
    parameters: ClassVar[frozenset[str]] = frozenset({"users", "reposts", "comments", "follows"})
    token_variable: ClassVar[str] = "RENQUN_WEIBO_TOKEN"
    token_scheme: ClassVar[str] = "OAuth2"

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._reposts, self._comments, self._follows = map(self._wanted, ("reposts", "comments", "follows"))
        self._windows = 0  # of the rate limit, that were asked for
        self._asking = True  # whether the limit of the present window is not told yet
        self._again = 0.0  # when the next window begins

    def _wanted(self, name: str) -> bool:
        said = self.options.get(name, "yes")
        if said not in _YES:
            raise BadInputError(f"{name}={said} is neither yes nor no.")
        return _YES[said]

    def first_asks(self) -> Iterator[Ask]:
        """What the token may ask, then the users; each user's lists follow from their profile."""
        yield self._limits()
        users = self.several("users")
        if not users:
            names = tracked_accounts(self.job)
            users = [name[1:] if name.startswith("#") else f"@{name.removeprefix('@')}" for name in names]
            yield self._ask("timeline", "statuses/public_timeline", {"count": _PER_PAGE}, {})
        for user in users:
            named = {"screen_name": user[1:]} if user.startswith("@") else {"uid": user}
            yield self._ask("user", "users/show", named, {}, priority=10)

    def _ask(
        self, kind: str, path: str, query: dict[str, Any], meta: dict[str, Any], priority: int = 0
    ) -> Ask:
        return Ask(f"{self.base}/{path}.json?{urlencode(query)}", kind, meta, priority)

    def _limits(self) -> Ask:
        """Ask for the limits; the fragment, which is not sent, keeps the ask of each window apart."""
        self._windows += 1
        self._asking = True
        ask = self._ask("limits", "account/rate_limit_status", {}, {}, priority=_URGENT)
        ask.url = f"{ask.url.rstrip('?')}#{self.job.run_id}-{self._windows}"
        return ask

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Parse by the kind of the ask."""
        body, url, meta = response.body, response.url, ask.meta
        match ask.kind:
            case "limits":
                self._allow(weibo_errors.parse_allowance(body))
                return RawPage(RawRows())
            case "timeline":
                return weibo.parse_statuses(body, url, kind=ask.kind, meta=meta, since=self.job.since)
            case "reposts":
                return weibo.parse_statuses(body, url, kind=ask.kind, meta=meta)
            case "comments":
                return weibo.parse_comments(body, url, kind=ask.kind, meta=meta)
            case "user":
                return weibo.parse_user(body, url)
            case "friends":
                return weibo.parse_friends(body, url, kind=ask.kind, meta=meta)
            case "followers":
                return weibo.parse_follower_ids(body, url, kind=ask.kind, meta=meta)
        raise BadPage(f"an ask of unknown kind {ask.kind}")

    def _allow(self, allowance: weibo_errors.Allowance) -> None:
        """Keep to what the token may still ask: wait where a new window begins soon, else end there for now."""
        left, seconds = allowance.left, allowance.seconds
        self._asking, self._again = False, time.monotonic() + seconds
        pace = self.job.paces.setdefault(origin_of(self.base), Pace())
        if seconds <= LONGEST_WAIT:
            pace.limit(left, seconds)
            return
        reason = f"the limit of the token is used up; it begins anew in {seconds // 60 + 1} minutes"
        self.job.ask_limit = (self.job.counts["asked"] + max(0, left - pace.under_way), reason)

    def on_page(self, response: Response) -> Iterator[Any]:
        """Weibo says in the body what is wrong, with whatever status."""
        leased: Leased = response.meta["leased"]
        refusal = weibo_errors.refusal_of(response.body)
        if refusal is None:
            yield from super().on_page(response)
            if not self._asking and time.monotonic() >= self._again:
                self.job.ask_limit = None
                self.job.frontier.put([self._limits()])
        elif refusal.kind in (weibo_errors.LIMITED, weibo_errors.TOKEN):
            # The ask stays leased: the next crawl begins with it.
            words = refusal.words
            if refusal.kind == weibo_errors.TOKEN:
                words = f"{words}: let the platform issue a new token, and put it into {self.token_variable}"
            self.job.blocked(words, ours=False)
            self.job.stop(words)
        elif refusal.kind == weibo_errors.GONE:
            yield from self._gone(leased)
        elif refusal.kind == weibo_errors.REFUSED:
            yield from self._blocked(leased, refusal.words)
        else:
            yield from self._fail(leased, refusal.words, response.body)

    def on_read(self, leased: Leased, page: RawPage) -> Iterator[Any]:
        """Queue what a profile or a status leads to."""
        kind = leased.ask.kind
        if kind == "user":
            for account in page.rows.accounts:
                page.next.extend(self._of_user(account))
        if kind == "timeline":
            for post in page.rows.posts:
                self.job.saw(post["created_at"])
                page.next.extend(self._of_post(post))
        if kind in ("reposts", "comments", "friends", "followers"):
            for ask in page.next:  # a list counts as read when its last page is in
                ask.remember, leased.ask.remember = leased.ask.remember, None
        yield from super().on_read(leased, page)

    def _of_user(self, account: RawAccount) -> Iterator[Ask]:
        uid = account["native_id"]
        yield self._ask(
            "timeline", "statuses/user_timeline", {"uid": uid, "count": _PER_PAGE}, {}, priority=5
        )
        if self._follows:
            owner = {"owner": uid}
            yield self._ask("friends", "friendships/friends", {"uid": uid, "count": 200}, owner)
            yield self._ask("followers", "friendships/followers/ids", {"uid": uid, "count": 5000}, owner)

    def _of_post(self, post: RawPost) -> Iterator[Ask]:
        """Reposts and comments of a status, where their number is another than last time."""
        lists = (
            ("reposts", "statuses/repost_timeline", post.get("reposts") if self._reposts else 0),
            ("comments", "comments/show", post.get("replies") if self._comments else 0),
        )
        for kind, path, number in lists:
            if number:
                ask = self._ask(kind, path, {"id": post["native_id"], "count": 200}, {})
                ask.remember = (f"{kind}:{post['native_id']}", str(number))
                yield ask
