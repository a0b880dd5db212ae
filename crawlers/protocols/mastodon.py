"""Mastodon's public API: timelines, accounts, follow lists, trends.

Field names: mastodon/documentation, entities Status, Account, Tag; what Pleroma and Akkoma say of opt-outs stands in
``pleroma`` and ``source.pleroma``. A status carries its whole author, so every timeline page also gives account rows.
Paging follows the ``Link`` header, which the caller hands over as ``next_url``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from crawlers.protocols.declared import declared
from crawlers.protocols.fields import (
    BadItem,
    as_count,
    as_dict,
    as_flag,
    as_id,
    as_list,
    as_moment,
    as_text,
    drop_absent,
    each,
    load_array,
    load_object,
)
from crawlers.protocols.html import to_plain, to_text
from crawlers.protocols.page import Ask, RawPage
from crawlers.protocols.paging import LONGEST_LIST, next_page
from lake.raw import RawAccount, RawKeyword, RawMention, RawPost, RawRows

IsNew = Callable[[dict[str, Any]], bool]
_VISIBLE = {"public", "unlisted"}
_OWN_WORDS: tuple[Literal["text", "title", "hashtags", "mentions", "likes", "replies", "reposts"], ...] = (
    "text",
    "title",
    "hashtags",
    "mentions",
    "likes",
    "replies",
    "reposts",
)
_LINKS = re.compile(r"<([^<>]*)>([^<]*)")
_WHOLE = 20  # statuses of a page, of the 40 that are asked for, from which on there may be a further one
_DEEPEST = 2  # a boost of a quote of a status


def always_new(_account: dict[str, Any]) -> bool:
    """Take every account, also those that an earlier page has shown."""
    return True


def parse_timeline(
    body: bytes,
    url: str,
    *,
    next_url: str | None = None,
    linked: bool = True,
    kind: str = "timeline",
    board: str | None = None,
    since: datetime | None = None,
    is_new: IsNew = always_new,
    meta: Mapping[str, Any] = MappingProxyType({}),
) -> RawPage:
    """Read a public, tag or account timeline; ``kind`` is that of the ask, and of the one for the next page.

    ``board`` names the tag of a tag timeline, ``meta`` is what the ask carried. The next page is asked for unless this one is empty or reaches posts
    older than ``since``; those are left out. Servers that send no ``Link`` header at all (not ``linked``) are asked for what is older than the last
    status of a whole page. ``is_new`` says whether an account's JSON has not been read before.
    """
    statuses = load_array(body)
    page = read_statuses(statuses, kind=kind, board=board, since=since, is_new=is_new)
    ids = _ids(statuses)
    carried: dict[str, Any] = drop_absent({"board": board})
    if not linked:
        next_url = _older(url, ids, meta)
        carried["shown"] = ids
    if statuses and page.counts["old"] < len(statuses) and next_url:
        next_page(page, Ask(next_url, kind, priority=10), ids, meta, carried, most=LONGEST_LIST)
    return page


def _older(url: str, ids: list[str | None], meta: Mapping[str, Any]) -> str | None:
    """The address of what is older than these statuses; None where the server shows again what it was to leave out."""
    if len(ids) < _WHOLE or ids[-1] is None or not set(ids).isdisjoint(as_list(meta.get("shown"))):
        return None
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {"max_id": ids[-1]}
    return parts._replace(query=urlencode(query)).geturl()


def read_statuses(
    statuses: list[Any],
    *,
    kind: str = "timeline",
    board: str | None = None,
    since: datetime | None = None,
    is_new: IsNew = always_new,
) -> RawPage:
    """The same for statuses that are decoded already, as of a saved file."""
    rows = RawRows()
    page = RawPage(rows, counts={"items": len(statuses), "empty": int(not statuses)})
    accounts: dict[str, dict[str, Any]] = {}
    old = 0

    def one(status: dict[str, Any]) -> None:
        nonlocal old
        created = as_moment(status.get("created_at"))
        if since is not None and created is not None and created < since:
            old += 1
            return
        if kind == "statuses" and status.get("visibility") == "unlisted":
            return  # its author keeps it out of timelines, so it is not looked up where they write
        _status(status, rows, accounts, board, since)

    each(statuses, rows, "posts", one, lambda status: as_id(as_dict(status.get("account")).get("id")))
    _accounts(accounts.values(), rows, is_new)
    page.counts["old"] = old
    return page


def parse_account(body: bytes, url: str) -> RawPage:
    """Read one account: ``/api/v1/accounts/:id`` or ``/api/v1/accounts/lookup?acct=``."""
    rows = RawRows()
    _accounts([load_object(body)], rows, always_new)
    return RawPage(rows, counts={"items": 1})


def read_accounts(accounts: list[Any]) -> RawPage:
    """Read accounts that are decoded already."""
    rows = RawRows()
    _accounts(accounts, rows, always_new)
    return RawPage(rows, counts={"items": len(accounts)})


def parse_follows(
    body: bytes,
    url: str,
    *,
    owner: str,
    followers: bool,
    left: int | None = None,
    next_url: str | None = None,
    is_new: IsNew = always_new,
    meta: Mapping[str, Any] = MappingProxyType({}),
) -> RawPage:
    """Read one page of the accounts that ``owner`` follows, or of its followers, as follow edges and account rows.

    ``left`` is how many accounts the list should still hold: when they are read, no further page is asked for, though
    the server may name one. ``meta`` is what the ask carried. An account that hides its lists or asks not to be indexed gives no edge, in whosever list
    it stands.
    """
    listed = load_array(body)
    rows = RawRows()
    page = RawPage(rows, counts={"items": len(listed), "empty": int(not listed)})
    accounts: dict[str, dict[str, Any]] = {}
    hidden = 0

    def one(account: dict[str, Any]) -> None:
        nonlocal hidden
        other = _need(as_id(account.get("id")), "the account has no id")
        accounts[other] = account
        if account.get("noindex") is True or _hides_lists(account):
            hidden += 1
            return
        src, dst = (other, owner) if followers else (owner, other)
        rows.edges.append({"src_native_id": src, "dst_native_id": dst, "kind": "follow"})

    each(listed, rows, "edges", one)
    _accounts(accounts.values(), rows, is_new)
    left = None if left is None else left - len(listed)
    if listed and next_url and (left is None or left > 0):
        kind = "followers" if followers else "following"
        ask = Ask(next_url, kind, priority=5)
        next_page(page, ask, _ids(listed), meta, {"owner": owner, "left": left}, most=LONGEST_LIST)
    page.counts["hidden"] = hidden
    return page


def parse_trends(body: bytes, url: str) -> RawPage:
    """Read ``/api/v1/trends/tags``: one keyword row a tag and day; the history's numbers come as strings."""
    return read_trends(load_array(body))


def read_trends(tags: list[Any]) -> RawPage:
    """The same for tags that are decoded already."""
    rows = RawRows()

    def one(tag: dict[str, Any]) -> None:
        term = _need(as_text(tag.get("name")), "the tag has no name")
        for day in as_list(tag.get("history")):
            seconds = as_count(as_dict(day).get("day"))
            if seconds is None or seconds > 7_000_000_000:
                raise BadItem("a day of the tag's history is not a Unix time")
            uses = as_count(as_dict(day).get("uses"))
            at = datetime.fromtimestamp(seconds, UTC)
            volume = None if uses is None else float(uses)
            row: RawKeyword = {"term": term, "at": at, "grain": "day", "volume": volume}
            rows.keywords.append(drop_absent(row))

    each(tags, rows, "keywords", one)
    return RawPage(rows, counts={"items": len(tags), "empty": int(not tags)})


def account_row(account: dict[str, Any]) -> RawAccount:
    """One Account as a raw account row; the declared facts come from its profile fields."""
    facts = declared(as_list(account.get("fields")))
    note = as_text(account.get("note"))
    group, bot = as_flag(account.get("group")), as_flag(account.get("bot"))
    row: RawAccount = {
        "native_id": _need(as_id(account.get("id")), "the account has no id"),
        "handle": _need(as_text(account.get("acct")) or as_text(account.get("username")), "no handle"),
        "url": as_text(account.get("url")),
        "name": as_text(account.get("display_name")),
        "bio": to_text(note) if note else None,
        "kind": "organisation" if group else "bot" if bot else "person",
        "followers_count": as_count(account.get("followers_count")),
        "following_count": as_count(account.get("following_count")),
        "posts_count": as_count(account.get("statuses_count")),
        "registered_at": as_moment(account.get("created_at")),
        "last_active_at": as_moment(account.get("last_status_at")),
        "noindex": as_flag(account.get("noindex")),
        "indexable": as_flag(account.get("indexable")),
        "discoverable": as_flag(account.get("discoverable", _own(account).get("discoverable"))),
        "hide_collections": _hides_lists(account),
    }
    row.update(facts)
    return drop_absent(row)


def _own(account: dict[str, Any]) -> dict[str, Any]:
    """What an account of Pleroma or Akkoma says of itself besides."""
    return as_dict(as_dict(account.get("source")).get("pleroma"))


def _hides_lists(account: dict[str, Any]) -> bool | None:
    """Whether an account hides its follow lists; of Pleroma's two settings, one is enough."""
    pleroma = as_dict(account.get("pleroma"))
    if pleroma.get("hide_follows") is True or pleroma.get("hide_followers") is True:
        return True
    return as_flag(account.get("hide_collections"))


def _id(item: dict[str, Any]) -> str | None:
    return as_id(item.get("id"))


def _ids(items: list[Any]) -> list[str | None]:
    return [_id(as_dict(item)) for item in items]


def _need(value: str | None, reason: str) -> str:
    if value is None:
        raise BadItem(reason)
    return value


def _accounts(accounts: Iterable[dict[str, Any]], rows: RawRows, is_new: IsNew) -> None:
    fresh = [account for account in accounts if is_new(account)]
    each(fresh, rows, "accounts", lambda account: rows.accounts.append(account_row(account)), _id)


def _status(
    status: dict[str, Any],
    rows: RawRows,
    accounts: dict[str, dict[str, Any]],
    board: str | None,
    since: datetime | None,
    depth: int = 0,
) -> None:
    """Add the post row of a status and of the status that it boosts or quotes; note their authors.

    A quote (Mastodon 4.4) is a repost with a comment. What it quotes is null while its author has not agreed, and an id
    alone in a quote within a quote.
    """
    author = as_dict(status.get("account"))
    author_id = _need(as_id(author.get("id")), "the status has no account id")
    native_id = _need(as_id(status.get("id")), "the status has no id")
    if status.get("visibility") is not None and as_text(status.get("visibility")) not in _VISIBLE:
        raise BadItem("the status is not public")
    row = _post_row(status, native_id, author, author_id, board)
    boosted, quoted = status.get("reblog"), as_dict(status.get("quote"))
    original = as_dict(boosted or quoted.get("quoted_status"))
    if boosted:  # a boost has no words of its own: what it carries is a copy of the original's
        for key in _OWN_WORDS:
            row.pop(key, None)
    if original or quoted:
        row["repost_of_native_id"] = as_id(original.get("id")) or as_id(quoted.get("quoted_status_id"))
        row["repost_of_author_native_id"] = as_id(as_dict(original.get("account")).get("id"))
    rows.posts.append(drop_absent(row))
    accounts[author_id] = author
    written = as_moment(original.get("created_at"))
    if not original or depth == _DEEPEST or (since and written and written < since):
        return
    tags = (as_text(as_dict(tag).get("name")) for tag in as_list(original.get("tags")))
    try:
        _status(original, rows, accounts, board if board in tags else None, since, depth + 1)
    except BadItem:
        if boosted:  # a quote has words of its own, a boost has none
            raise


def _post_row(
    status: dict[str, Any], native_id: str, author: dict[str, Any], author_id: str, board: str | None
) -> RawPost:
    created = as_moment(status.get("created_at"))
    if created is None:
        raise BadItem("the status has no usable created_at")
    quoted = as_dict(as_dict(as_dict(status.get("quote")).get("quoted_status")).get("account"))
    mentions, handles = _mentions([*as_list(status.get("mentions")), quoted])
    tags = (as_text(as_dict(tag).get("name")) for tag in as_list(status.get("tags")))
    return {
        "native_id": native_id,
        "author_native_id": author_id,
        "author_handle": as_text(author.get("acct")) or as_text(author.get("username")),
        "created_at": created,
        "text": to_plain(as_text(status.get("content")) or "", handles).text,
        "title": as_text(status.get("spoiler_text")),
        "lang": as_text(status.get("language")),
        "board": board,
        "hashtags": [tag for tag in tags if tag],
        "url": as_text(status.get("url")),
        "reply_to_native_id": as_id(status.get("in_reply_to_id")),
        "reply_to_author_native_id": as_id(status.get("in_reply_to_account_id")),
        "mentions": mentions,
        "likes": as_count(status.get("favourites_count")),
        "replies": as_count(status.get("replies_count")),
        "reposts": as_count(status.get("reblogs_count")),
        "visibility": as_text(status.get("visibility")),
        "author_noindex": as_flag(author.get("noindex")),
        "author_indexable": as_flag(author.get("indexable")),
    }


def _mentions(entries: list[Any]) -> tuple[list[RawMention], dict[str, str]]:
    """The mentioned accounts, and their profile links to handles."""
    mentions: list[RawMention] = []
    handles: dict[str, str] = {}
    for entry in map(as_dict, entries):
        native_id = as_id(entry.get("id"))
        handle = as_text(entry.get("acct")) or as_text(entry.get("username"))
        if native_id and handle:
            mentions.append({"native_id": native_id, "handle": handle})
            url = as_text(entry.get("url"))
            if url:
                handles[url] = handle
    return mentions, handles


def next_link(header: str, base: str) -> str | None:
    """The ``rel="next"`` target of a ``Link`` header, if it stays on the host of ``base``.

    A server that is asked under another name than its own (a proxy, a port, a path before its own) links to itself
    under its own: a link to the path that was asked is followed where it was asked.
    """
    here = urlsplit(base)
    for target, rest in _LINKS.findall(header):
        if not re.search(r"""\brel\s*=\s*(?:"(?:[^"]*\s)?next\b|next\b)""", rest):
            continue
        try:
            link = urlsplit(urljoin(base, target))
        except ValueError:
            return None
        if len(link.path) > 1 and here.path.endswith(link.path):
            return here._replace(query=link.query).geturl()
        return link.geturl() if link[:2] == here[:2] else None
    return None
