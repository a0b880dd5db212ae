"""Raw rows: what parsers and importers hand to the gate. They hold personal data and are never written as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypedDict


class RawMention(TypedDict, total=False):
    """An account that the source itself says is mentioned, by its id or, where it tells none, by its handle alone."""

    native_id: str
    handle: str


class RawPost(TypedDict, total=False):
    """One post; ``native_id``, ``author_native_id`` and an aware ``created_at`` are needed, the rest may be absent.

    ``text`` is plain text (HTML removed). ``author_noindex`` and ``author_indexable`` are the source's own flags.
    """

    native_id: str
    author_native_id: str
    author_handle: str | None
    created_at: datetime
    text: str | None
    title: str | None
    lang: str | None
    board: str | None
    hashtags: list[str]
    url: str | None
    reply_to_native_id: str | None
    reply_to_author_native_id: str | None
    repost_of_native_id: str | None
    repost_of_author_native_id: str | None
    mentions: list[RawMention]
    likes: int | None
    replies: int | None
    reposts: int | None
    visibility: str | None
    author_noindex: bool | None
    author_indexable: bool | None


class RawAccount(TypedDict, total=False):
    """One account; only ``native_id`` is needed."""

    native_id: str
    handle: str | None
    url: str | None
    name: str | None
    bio: str | None
    region: str | None
    gender: str | None
    birthday: date | str | None
    education: str | None
    occupation: str | None
    verified: bool | None
    kind: str | None
    followers_count: int | None
    following_count: int | None
    posts_count: int | None
    registered_at: datetime | None
    last_active_at: datetime | None
    noindex: bool | None
    indexable: bool | None
    discoverable: bool | None
    hide_collections: bool | None
    profile_hidden: bool | None


class RawEdge(TypedDict, total=False):
    """``src`` follows (mentions, replied to, reposted) ``dst``; a follow without ``at`` uses when it was collected."""

    src_native_id: str
    dst_native_id: str
    kind: str
    at: datetime | None
    post_native_id: str | None


class RawKeyword(TypedDict, total=False):
    """A search term's rank or volume at a moment; ``term``, ``at`` and ``grain`` (hour or day) are needed."""

    term: str
    at: datetime
    grain: str
    rank: int | None
    volume: float | None
    category: str | None
    description: str | None
    related: list[str]
    advert: bool | None
    reads: int | None
    discussions: int | None
    originals: int | None


class RawReject(TypedDict):
    """A row or body that the parser refused, whole, with the reason. ``table`` is the table it was meant for."""

    table: str
    reason: str
    row: Any


@dataclass(slots=True)
class RawRows:
    """What one page or file part gave."""

    posts: list[RawPost] = field(default_factory=list)
    accounts: list[RawAccount] = field(default_factory=list)
    edges: list[RawEdge] = field(default_factory=list)
    keywords: list[RawKeyword] = field(default_factory=list)
    touchpoints: list[dict[str, Any]] = field(
        default_factory=list
    )  # of refused rows that are taken again alone
    rejects: list[RawReject] = field(default_factory=list)

    def __len__(self) -> int:
        rows = len(self.posts) + len(self.accounts) + len(self.edges) + len(self.keywords)
        return rows + len(self.touchpoints) + len(self.rejects)

    def extend(self, other: RawRows) -> None:
        """Take the rows of ``other`` in behind these."""
        self.posts.extend(other.posts)
        self.accounts.extend(other.accounts)
        self.edges.extend(other.edges)
        self.keywords.extend(other.keywords)
        self.touchpoints.extend(other.touchpoints)
        self.rejects.extend(other.rejects)
