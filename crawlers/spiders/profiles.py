"""Forums where only a profile's own page says whether a person hides it.

A page of posts therefore waits until the profiles of its authors have answered. Then the gate knows who is hidden and
keeps their posts out; posts of a profile that could not be read are kept as refused.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crawlers.frontier import PASSING, Leased, Receipt
from crawlers.protocols.fields import reject
from crawlers.protocols.page import RawPage
from crawlers.spiders.base import LakeSpider, PageItem
from lake.raw import RawAccount

VISIBLE, HIDDEN, UNREADABLE = "visible", "hidden", "unreadable"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile's page said: its state, and the account's native id where it was shown."""

    state: str
    native_id: str = ""


@dataclass(slots=True, eq=False)
class _Held:
    """A page that waits for the profiles in ``missing``."""

    leased: Leased
    page: RawPage
    missing: set[str]


class ProfiledSpider(LakeSpider):
    """A spider whose parsers ask for the profile of everyone who wrote or is named in a page.

    Those asks are of kind ``user``, their meta holds ``handle`` and, where it is known, ``native_id``. Handles are those
    of ``author_handle``, and of mentions that have no native id yet.
    """

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._profiles: dict[str, Profile] = {}
        self._waiting: dict[str, list[_Held]] = {}
        self._refused = False  # whether a profile may be given another time

    @abstractmethod
    def profile_url(self, handle: str) -> str:
        """The address of the ask for a profile."""

    def hold(self, leased: Leased, page: RawPage) -> Iterator[PageItem]:
        """Give a page of posts on when everybody in it is known."""
        missing = {handle for handle in _people(page) if self._profile(handle) is None}
        if not missing:
            yield self._judged(leased, page)
            return
        held = _Held(leased, page, missing)
        for handle in missing:
            self._waiting.setdefault(handle, []).append(held)

    def answered(self, leased: Leased, page: RawPage, keep: bool = True) -> Iterator[PageItem]:
        """A profile was read: give its row on (unless nothing may be kept but that it is hidden), and the pages that
        waited for nobody else."""
        (account,) = page.rows.accounts
        if not keep:
            hidden: RawAccount = {"native_id": account["native_id"], "profile_hidden": True}
            page.rows.accounts[:] = [hidden] if account.get("profile_hidden") else []
        handle = str(leased.ask.meta.get("handle") or account.get("handle"))
        profile = Profile(HIDDEN if account.get("profile_hidden") else VISIBLE, account["native_id"])
        named = "" if profile.native_id == handle else profile.native_id  # the frontier keeps no names
        memory = (_kept_as(handle), f"{profile.state}:{named}")
        yield PageItem(page.rows, Receipt(leased.id, None, (memory,)), page.counts)
        yield from self._release(handle, profile)

    def closing(self, leased: Leased, reason: str | None) -> PageItem:
        """A profile that the source does not show, or asks not to keep, is told to the gate as hidden."""
        item = super().closing(leased, reason)
        native_id = leased.ask.meta.get("native_id")
        if leased.ask.kind == "user" and native_id and _state(reason) == HIDDEN:
            item.rows.accounts.append({"native_id": native_id, "profile_hidden": True})
        return item

    def gave_up(self, leased: Leased, reason: str | None) -> Iterator[Any]:
        """A profile was not given: give the pages that waited for it on.

        A forum that refuses profiles may open them, and one that failed may be read later: from here on nothing is
        remembered as read, so that the next crawl reads those posts.
        """
        if leased.ask.kind == "user" and reason is not None and "noindex" not in reason:
            self._refused = True
        if leased.ask.kind == "user" and (handle := leased.ask.meta.get("handle")):
            yield from self._release(handle, Profile(_state(reason)))

    def item(self, leased: Leased, page: RawPage, remember: bool = True) -> PageItem:
        """The page as an item."""
        return super().item(leased, page, remember and not self._refused)

    def settle(self) -> Iterator[PageItem]:
        """Release pages whose people another worker has looked up."""
        for handle in list(self._waiting):
            profile = self._profile(handle)
            if profile is not None:
                yield from self._release(handle, profile)

    def pass_memory_on(self, leased: Leased, page: RawPage, kind: str) -> None:
        """What spreads over several pages is remembered when the last of them is in."""
        for ask in page.next:
            if ask.kind == kind:
                ask.remember, leased.ask.remember = leased.ask.remember, None

    def _profile(self, handle: str) -> Profile | None:
        """What this crawl knows of a profile, also from before it was interrupted and from other workers."""
        profile = self._profiles.get(handle)
        if profile is None:
            if said := self.job.frontier.remembered(_kept_as(handle)):
                state, _, native_id = said.partition(":")
                profile = self._profiles[handle] = Profile(state, native_id or handle)
            elif (reason := self.job.frontier.outcome(self.profile_url(handle))) is not None:
                profile = self._profiles[handle] = Profile(_state(reason or None))
        return profile

    def _release(self, handle: str, profile: Profile) -> Iterator[PageItem]:
        self._profiles[handle] = profile
        for held in self._waiting.pop(handle, ()):
            held.missing.discard(handle)
            if not held.missing:
                yield self._judged(held.leased, held.page)

    def _judged(self, leased: Leased, page: RawPage) -> PageItem:
        """The page, its posts marked by what their authors' profiles said."""
        posts, page.rows.posts = page.rows.posts, []
        for post in posts:
            profile = self._profile(post["author_handle"] or "")
            if profile is None or profile.state == UNREADABLE:
                owner = post["author_native_id"]
                reject(page.rows, "posts", "the author's profile could not be read", post, owner)
                continue
            if profile.state == HIDDEN:  # said again with every page: other workers have gates of their own
                page.rows.accounts.append({"native_id": post["author_native_id"], "profile_hidden": True})
            for mention in post.get("mentions", ()):
                named = None if "native_id" in mention else self._profile(mention["handle"])
                if named is not None and named.native_id:
                    mention["native_id"] = named.native_id
            page.rows.posts.append(post)
            self.job.saw(post["created_at"])
        return self.item(leased, page)


def _kept_as(handle: str) -> str:
    """The memory key of a profile's state, which holds for this crawl alone: who hides it may show it to the next."""
    return f"{PASSING}user:{handle}"


def _state(reason: str | None) -> str:
    """What a profile counts as that was not given; ``reason`` is None where the source has no such page."""
    return HIDDEN if reason is None or "answered 4" in reason or "noindex" in reason else UNREADABLE


def _people(page: RawPage) -> set[str]:
    """The handles whose profiles a page needs."""
    authors = {post["author_handle"] or "" for post in page.rows.posts}
    named = (mention for post in page.rows.posts for mention in post.get("mentions", ()))
    return authors | {mention["handle"] for mention in named if "native_id" not in mention}
