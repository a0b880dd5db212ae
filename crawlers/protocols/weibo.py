"""Weibo's open platform API, version 2: statuses, comments, users, friendships.

Field names: open.weibo.com/wiki, pages 2/statuses/user_timeline, repost_timeline, 2/comments/show, 2/users/show,
2/friendships/friends and followers/ids. Ids are numbers, with a twin in
``idstr``; a missing id is an empty string; times read ``Tue May 31 17:46:55 +0800 2011``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawlers.protocols.fields import (
    BadItem,
    as_count,
    as_dict,
    as_flag,
    as_id,
    as_text,
    drop_absent,
    each,
    load_object,
)
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.protocols.paging import LONGEST_LIST, next_page
from lake.raw import RawAccount, RawPost, RawRows

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = re.compile(r"[A-Za-z]{3} ([A-Za-z]{3}) (\d{1,2}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})")
_TOPIC = re.compile(r"#([^#\s][^#\n]{0,60})#")
_GENDERS = {"m": "m", "f": "f"}
_ORGANISATIONS = range(
    1, 8
)  # verified_type: government, company, medium, campus, website, application, group
_PUBLIC = 0  # visible.type: 1 is for oneself, 3 for groups, 4 for friends
Meta = Mapping[str, Any]


def parse_statuses(body: bytes, url: str, *, kind: str, meta: Meta, since: datetime | None = None) -> RawPage:
    """Read a timeline (``statuses``) or the reposts of a status (``reposts``): posts, and the accounts of their authors.

    Statuses before ``since`` are left out and counted as ``old``; deleted ones are left out and counted. The next page
    is an ask of this ``kind``, unless this one reaches old ones or the end of the list.
    """
    answer = load_object(body)
    listed = _list(answer, "statuses" if "statuses" in answer else "reposts")
    page = _page(listed)
    users: dict[str, dict[str, Any]] = {}

    def one(status: dict[str, Any]) -> None:
        if _is_old(status, since):
            page.counts["old"] += 1
        else:
            _status(status, page, users, since)

    each(listed, page.rows, "posts", one, _owner)
    _accounts(users.values(), page.rows)
    if page.counts["old"] < len(listed):
        _ask_page(page, answer, listed, url, kind, meta)
    return page


def parse_comments(body: bytes, url: str, *, kind: str, meta: Meta) -> RawPage:
    """Read ``comments/show``: each comment a post that replies to the status, or to another comment."""
    answer = load_object(body)
    listed = _list(answer, "comments")
    page = _page(listed)
    users: dict[str, dict[str, Any]] = {}

    def one(comment: dict[str, Any]) -> None:
        row = _row(comment, users)
        row["native_id"], row["url"] = comment_id(row["native_id"]), None  # a comment has no page of its own
        above = as_dict(comment.get("reply_comment"))
        target = above or as_dict(comment.get("status"))
        number = _id(target)
        row["reply_to_native_id"] = comment_id(number) if above and number else number
        row["reply_to_author_native_id"] = _id(as_dict(target.get("user")))
        row["likes"] = as_count(comment.get("like_count", comment.get("like_counts")))
        page.rows.posts.append(drop_absent(row))

    each(listed, page.rows, "posts", one, _owner)
    _accounts(users.values(), page.rows)
    _ask_page(page, answer, listed, url, kind, meta)
    return page


def comment_id(number: str) -> str:
    """The native id of a comment, as importers make it, too: of statuses and comments the numbers may be the same."""
    return f"comment:{number}"


def parse_user(body: bytes, url: str) -> RawPage:
    """Read ``users/show``. Raises BadPage where it holds no user."""
    user = load_object(body)
    if _id(user) is None:
        raise BadPage("the answer holds no user")
    rows = RawRows()
    _accounts([user], rows)
    return RawPage(rows, counts={"items": 1})


def parse_friends(body: bytes, url: str, *, kind: str, meta: Meta) -> RawPage:
    """Read ``friendships/friends``: whom ``meta["owner"]`` follows, as edges and accounts."""
    answer = load_object(body)
    listed = _list(answer, "users")
    page, owner = _page(listed), str(meta["owner"])

    def one(user: dict[str, Any]) -> None:
        other = _needed(user, "the user has no id")
        page.rows.edges.append({"src_native_id": owner, "dst_native_id": other, "kind": "follow"})

    each(listed, page.rows, "edges", one)
    _accounts((user for user in listed if isinstance(user, dict)), page.rows)
    _ask_cursor(page, answer, listed, url, kind, meta)
    return page


def parse_follower_ids(body: bytes, url: str, *, kind: str, meta: Meta) -> RawPage:
    """Read ``friendships/followers/ids``: who follows ``meta["owner"]``, as edges."""
    answer = load_object(body)
    listed = _list(answer, "ids")
    page, owner = _page(listed), str(meta["owner"])

    def one(follower: dict[str, Any]) -> None:
        other = _needed(follower, "the follower has no id")
        page.rows.edges.append({"src_native_id": other, "dst_native_id": owner, "kind": "follow"})

    each([{"id": value} for value in listed], page.rows, "edges", one)
    _ask_cursor(page, answer, listed, url, kind, meta)
    return page


def as_time(value: Any) -> datetime | None:
    """Weibo's time as aware UTC; months are English whatever the locale."""
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[1] not in _MONTHS:
        return None
    day, hour, minute, second = map(int, match.group(2, 3, 4, 5))
    offset = timedelta(hours=int(match[7]), minutes=int(match[8])) * (-1 if match[6] == "-" else 1)
    try:
        month = _MONTHS.index(match[1]) + 1
        moment = datetime(int(match[9]), month, day, hour, minute, second, tzinfo=timezone(offset))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _list(answer: dict[str, Any], name: str) -> list[Any]:
    listed = answer.get(name)
    if not isinstance(listed, list):
        raise BadPage(f"the answer holds no list of {name}")
    return listed


def _page(listed: list[Any]) -> RawPage:
    return RawPage(RawRows(), counts={"items": len(listed), "empty": int(not listed), "old": 0, "deleted": 0})


def _ask_page(
    page: RawPage, answer: dict[str, Any], listed: list[Any], url: str, kind: str, meta: Meta
) -> None:
    """Ask for the page behind this one, unless the list ends here."""
    read, total = int(meta.get("read", 0)) + len(listed), as_count(answer.get("total_number"))
    if total is None or read < total:
        ask = Ask(_with(url, page=int(meta.get("page", 1)) + 1), kind, priority=1)
        ids = [_id(as_dict(item)) for item in listed]
        next_page(page, ask, ids, meta, {**meta, "read": read}, most=LONGEST_LIST, repeats=True)


def _ask_cursor(
    page: RawPage, answer: dict[str, Any], listed: list[Any], url: str, kind: str, meta: Meta
) -> None:
    """Ask for the part behind this one; cursors only grow, and 0 is the end."""
    cursor = as_count(answer.get("next_cursor")) or 0
    if listed and cursor > int(meta.get("cursor", 0)):
        ask = Ask(_with(url, cursor=cursor), kind, priority=1)
        next_page(page, ask, [str(cursor)], meta, {**meta, "cursor": cursor}, most=LONGEST_LIST)


def _with(url: str, **changed: int) -> str:
    """The address with other parameters."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {key: str(value) for key, value in changed.items()}
    return parts._replace(query=urlencode(query)).geturl()


def _is_old(status: dict[str, Any], since: datetime | None) -> bool:
    created = as_time(status.get("created_at"))
    return since is not None and created is not None and created < since


def _status(
    status: dict[str, Any], page: RawPage, users: dict[str, dict[str, Any]], since: datetime | None
) -> None:
    """One status as a post row, and the status that it reposts as another."""
    if status.get("deleted"):
        page.counts["deleted"] += 1
        return
    original = as_dict(status.get("retweeted_status"))
    page.rows.posts.append(_post(status, original, users))
    if original and not _is_old(original, since):
        try:
            page.rows.posts.append(_post(original, {}, users))
        except BadItem:  # deleted: what stands in its place has no author and no time
            page.counts["deleted"] += 1


def _post(status: dict[str, Any], original: dict[str, Any], users: dict[str, dict[str, Any]]) -> RawPost:
    shown = as_count(as_dict(status.get("visible")).get("type"))
    row = _row(status, users)
    row["likes"] = as_count(status.get("attitudes_count"))
    row["replies"] = as_count(status.get("comments_count"))
    row["reposts"] = as_count(status.get("reposts_count"))
    row["visibility"] = "public" if shown in (None, _PUBLIC) else "private"
    row["repost_of_native_id"] = _id(original)
    row["repost_of_author_native_id"] = _id(as_dict(original.get("user")))
    row["reply_to_native_id"] = as_id(status.get("in_reply_to_status_id"))
    row["reply_to_author_native_id"] = as_id(status.get("in_reply_to_user_id"))
    return drop_absent(row)


def _row(item: dict[str, Any], users: dict[str, dict[str, Any]]) -> RawPost:
    """What statuses and comments have in common; the author is noted in ``users``."""
    native_id = _needed(item, "the status has no id")
    user = as_dict(item.get("user"))
    author = _needed(user, "the status has no author") if user else as_id(item.get("user"))
    if author is None:
        raise BadItem("the status has no author")
    created = as_time(item.get("created_at"))
    if created is None:
        raise BadItem("created_at is no Weibo time")
    if user:
        users[author] = user
    text = unescape(as_text(item.get("text")) or "")
    return {
        "native_id": native_id,
        "author_native_id": author,
        "author_handle": as_text(user.get("screen_name")),
        "created_at": created,
        "text": text,
        "hashtags": list(dict.fromkeys(topic.strip() for topic in _TOPIC.findall(text))),
        "url": f"https://m.weibo.cn/detail/{native_id}",
    }


def _accounts(users: Iterable[dict[str, Any]], rows: RawRows) -> None:
    for user in users:
        native_id = _id(user)
        if native_id is not None:
            rows.accounts.append(_account(user, native_id))


def _account(user: dict[str, Any], native_id: str) -> RawAccount:
    kind = as_count(user.get("verified_type"))
    account: RawAccount = {
        "native_id": native_id,
        "handle": as_text(user.get("screen_name")),
        "name": as_text(user.get("name")),
        "url": f"https://weibo.com/u/{native_id}",
        "bio": as_text(user.get("description")),
        "region": as_text(user.get("location")),
        "gender": _GENDERS.get(str(user.get("gender"))),
        "verified": as_flag(user.get("verified")),
        "kind": "organisation" if kind in _ORGANISATIONS else "person",
        "followers_count": as_count(user.get("followers_count")),
        "following_count": as_count(user.get("friends_count")),
        "posts_count": as_count(user.get("statuses_count")),
        "registered_at": as_time(user.get("created_at")),
    }
    return drop_absent(account)


def _id(item: dict[str, Any]) -> str | None:
    return as_id(item.get("idstr")) or as_id(item.get("id"))


def _needed(item: dict[str, Any], reason: str) -> str:
    native_id = _id(item)
    if native_id is None:
        raise BadItem(reason)
    return native_id


def _owner(item: dict[str, Any]) -> str | None:
    return _id(as_dict(item.get("user")))
