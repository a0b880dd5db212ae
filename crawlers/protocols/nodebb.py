"""NodeBB's read API: categories, lists of topics, topics, users, follow lists.

Field names: NodeBB/NodeBB, public/openapi/read. Times are milliseconds. An account's native id is its ``uid``, a number
or, for people of other servers, an address; its handle is the ``userslug``, the key of ``/user/…`` and of mentions.
What the forum lets its visitors read as HTML attributes (titles, names) is escaped, and is unescaped here.
"""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from crawlers.protocols.declared import declared
from crawlers.protocols.fields import (
    BadItem,
    as_count,
    as_dict,
    as_epoch_ms,
    as_id,
    as_list,
    as_text,
    drop_absent,
    each,
    load_object,
)
from crawlers.protocols.html import to_plain, to_text
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.protocols.paging import LONGEST_LIST, next_page
from lake.raw import RawAccount, RawMention, RawPost, RawRows

TOPICS, TAGGED = "topics", "tagged"  # lists in the order of the last post, and of the first
CHILDREN = "children"
_PROFILE_LINK = re.compile(r'href="([^"]*/user/([^"/?#]+))"')
_US_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_NOBODY = ("0", "-1")  # the uids of guests and of search engines
_FORMER = ("[[global:former-user]]", "[[global:former_user]]")  # today's, and that of servers before 3.5


def topic_list(base: str, path: str) -> str:
    """The address of a list of topics, e.g. of ``recent`` or ``tags/露营``."""
    return f"{base}/api/{quote(path)}?page=1"


def category_list(base: str, category: str) -> str:
    """The address of a category's topics, those that were answered last first."""
    return f"{base}/api/category/{quote(category, safe='')}?page=1&sort=recently_replied"


def user_page(base: str, slug: str, uid: str | None = None) -> Ask:
    """The ask for a profile; ``uid`` where it is known."""
    meta = drop_absent({"handle": slug, "native_id": uid})
    return Ask(f"{base}/api/user/{quote(slug, safe='')}", "user", meta, priority=20)


def base_of(url: str) -> str:
    """The forum's base address, also where it lies below a path: what stands before ``/api/``."""
    return url.partition("/api/")[0]


def parse_categories(body: bytes, url: str, *, meta: dict[str, Any]) -> RawPage:
    """Read ``/api/categories``: one list of topics a category, of whatever depth. ``meta`` is what the ask carried."""
    answer = load_object(body)
    listed = answer.get("categories")
    if not isinstance(listed, list):
        raise BadPage("the answer holds no categories")
    page = RawPage(RawRows(), counts={"items": len(listed), "empty": int(not listed)})
    page.next.extend(_category_asks(listed, base_of(url)))
    _ask_next(page, url, "categories", meta, answer, [_key(category, "cid") for category in listed])
    return page


def _category_asks(listed: list[Any], base: str) -> list[Ask]:
    asks: list[Ask] = []
    pending = [as_dict(entry) for entry in listed]
    while pending:
        category = pending.pop(0)
        number = as_id(category.get("cid"))
        pending.extend(as_dict(child) for child in as_list(category.get("children")))
        if number is None or as_text(category.get("link")) or _is(category.get("disabled")):
            continue
        asks.append(Ask(category_list(base, number), TOPICS, priority=10))
    return asks


def parse_topics(
    body: bytes, url: str, *, kind: str = TOPICS, meta: dict[str, Any], since: datetime | None = None
) -> RawPage:
    """Read a list of topics, of everything (``recent``), a category or a tag: one ask a topic, and the next page.

    ``meta`` is what the ask carried. Lists of kind ``TOPICS`` are ordered by last post: a page on which all but the
    pinned ones were quiet since ``since`` is the last.
    """
    answer = load_object(body)
    listed = answer.get("topics")
    if not isinstance(listed, list):
        raise BadPage("the answer holds no topics")
    page = RawPage(RawRows(), counts={"items": len(listed), "empty": int(not listed)})
    base, recent = base_of(url), 0

    def one(topic: dict[str, Any]) -> None:
        nonlocal recent
        number = as_id(topic.get("tid"))
        if number is None:
            raise BadItem("the topic has no tid")
        last = as_epoch_ms(topic.get("lastposttime"))
        if since is not None and last is not None and last < since:
            return
        recent += not _is(topic.get("pinned"))
        if _is(topic.get("deleted")) or _is(topic.get("scheduled")):
            return
        state = f"{topic.get('lastposttime')}/{topic.get('postcount')}"
        address = f"{base}/api/topic/{quote(number, safe='')}?page=1&sort=oldest_to_newest"
        page.next.append(Ask(address, "topic", remember=(f"topic:{number}", state)))

    each(listed, page.rows, "posts", one)
    page.next.extend(_category_asks(as_list(answer.get("children")), base))
    if _is(answer.get("hasMoreSubCategories")) and (number := as_id(answer.get("cid"))):
        page.next.append(_children(base, number, as_count(answer.get("nextSubCategoryStart")) or 0))
    if since is None or recent or kind == TAGGED:
        _ask_next(page, url, kind, meta, answer, [_key(topic, "tid") for topic in listed])
    return page


def _children(base: str, category: str, start: int) -> Ask:
    """The ask for the categories below one that its page does not list: it lists the first ten."""
    address = f"{base}/api/v3/categories/{quote(category, safe='')}/children?start={start}"
    return Ask(address, CHILDREN, {"category": category, "start": start}, priority=12)


def parse_children(body: bytes, url: str, *, meta: dict[str, Any]) -> RawPage:
    """Read ``/api/v3/categories/{cid}/children``: a list of topics each, and the next page; ``meta`` as the ask carried."""
    listed = as_dict(load_object(body).get("response")).get("categories")
    if not isinstance(listed, list):
        raise BadPage("the answer holds no categories")
    page = RawPage(RawRows(), counts={"items": len(listed), "empty": int(not listed)})
    base = base_of(url)
    page.next.extend(_category_asks(listed, base))
    if listed:
        following = _children(base, str(meta["category"]), int(meta["start"]) + len(listed))
        next_page(page, following, [_key(category, "cid") for category in listed], meta, following.meta)
    return page


def parse_topic(body: bytes, url: str, *, meta: dict[str, Any], since: datetime | None = None) -> RawPage:
    """Read one page of a topic: its posts, the profiles of those who wrote or are named, and the next page.

    ``meta`` is what the ask carried: ``known``, the authors of earlier posts that were answered.
    """
    topic = load_object(body)
    posts, number = topic.get("posts"), as_id(topic.get("tid"))
    if not isinstance(posts, list) or number is None:
        raise BadPage("the topic has no tid or posts")
    rows = RawRows()
    page = RawPage(rows, counts={"items": len(posts), "empty": int(not posts)})
    if _is(topic.get("deleted")) or _is(topic.get("scheduled")):
        return page
    known = {str(key): value for key, value in as_dict(meta.get("known")).items() if isinstance(value, str)}
    for post in map(as_dict, posts):
        pid, uid = as_id(post.get("pid")), as_id(post.get("uid"))
        if (
            pid
            and uid
            and (as_count(as_dict(post.get("replies")).get("count")) or pid == _key(topic, "mainPid"))
        ):
            known[pid] = uid
    base = base_of(url)
    people: dict[str, str | None] = {}

    def one(post: dict[str, Any]) -> None:
        row = _post_row(post, topic, base, known)
        if row is None or (since is not None and row["created_at"] < since):
            return
        rows.posts.append(row)
        people[row["author_handle"] or ""] = row["author_native_id"]
        for mention in row["mentions"]:
            people.setdefault(mention["handle"])

    each(posts, rows, "posts", one, lambda post: as_id(post.get("uid")))
    page.next.extend(user_page(base, slug, uid) for slug, uid in people.items())
    _ask_next(page, url, "topic", {**meta, "known": known}, topic, [_key(post, "pid") for post in posts], 3)
    return page


def _post_row(
    post: dict[str, Any], topic: dict[str, Any], base: str, known: dict[str, str]
) -> RawPost | None:
    """The row of a post; None where it is deleted, or its author has deleted their account."""
    pid, uid, user = as_id(post.get("pid")), as_id(post.get("uid")), as_dict(post.get("user"))
    if _is(post.get("deleted")) or user.get("username") in _FORMER:
        return None
    if uid in _NOBODY:
        raise BadItem("written by a guest, who has no account")
    created, slug = as_epoch_ms(post.get("timestamp")), as_text(user.get("userslug"))
    if pid is None or uid is None or slug is None or created is None:
        raise BadItem("the post has no pid, author or usable timestamp")
    content = as_text(post.get("content")) or as_text(post.get("sourceContent")) or ""
    links = {link: unquote(name) for link, name in _PROFILE_LINK.findall(content)}
    plain = to_plain(content, links, mark_quotes=True)
    named: list[RawMention] = [
        {"handle": name} for name in sorted(set(plain.mentions) & set(links.values())) if name != slug
    ]
    main = _key(topic, "mainPid")
    parent = as_id(post.get("toPid")) or (main if pid != main else None)
    tags = (_said(as_dict(tag).get("value")) for tag in as_list(topic.get("tags")))
    row: RawPost = {
        "native_id": pid,
        "author_native_id": uid,
        "author_handle": slug,
        "created_at": created,
        "text": plain.text,
        "title": _said(topic.get("titleRaw") or topic.get("title")) if pid == main else None,
        "board": _said(as_dict(topic.get("category")).get("name")),
        "hashtags": [tag for tag in tags if tag],
        "url": f"{base}/post/{pid}" if pid.isdigit() else pid,
        "reply_to_native_id": parent,
        "reply_to_author_native_id": _author_of(parent, post, topic, known),
        "mentions": named,
        "likes": as_count(post.get("upvotes")),
        "replies": as_count(as_dict(post.get("replies")).get("count")),
        "visibility": "public",
    }
    return drop_absent(row)


def _author_of(
    parent: str | None, post: dict[str, Any], topic: dict[str, Any], known: dict[str, str]
) -> str | None:
    """Who wrote the post that is answered: newer servers say so, older ones only what this crawl has read."""
    if parent is None:
        return None
    if parent == _key(topic, "mainPid"):
        return as_id(topic.get("uid"))
    return as_id(as_dict(post.get("parent")).get("uid")) or known.get(parent)


def parse_user(body: bytes, url: str) -> RawPage:
    """Read ``/api/user/{userslug}`` or ``/api/user/uid/{uid}``.

    A banned account is never listed: who runs the forum has shut it out.
    """
    user = load_object(body)
    uid, slug = as_id(user.get("uid")), as_text(user.get("userslug"))
    if uid is None or uid in _NOBODY or slug is None:
        raise BadPage("the answer holds no user")
    about = as_text(user.get("aboutmeParsed"))
    facts = declared(as_list(user.get("customUserFields")))
    row: RawAccount = {
        "native_id": uid,
        "handle": slug,
        "url": f"{base_of(url)}/user/{quote(slug, safe='')}",
        "name": _said(user.get("fullname")),
        "bio": to_text(about) if about else _said(user.get("aboutme")),
        "region": _said(user.get("location")),
        "birthday": _birthday(_said(user.get("birthday"))),
        "kind": "person",
        "followers_count": as_count(user.get("followerCount")),
        "following_count": as_count(user.get("followingCount")),
        "posts_count": as_count(user.get("postcount")),
        "registered_at": as_epoch_ms(user.get("joindate")),
        "last_active_at": as_epoch_ms(user.get("lastposttime")),
        "discoverable": False if _is(user.get("banned")) else None,
        "profile_hidden": False,
    }
    row.update(facts)
    rows = RawRows()
    rows.accounts.append(drop_absent(row))
    return RawPage(rows, counts={"items": 1})


def _birthday(said: str | None) -> str | None:
    """Older servers write month/day/year, newer ones year-month-day."""
    match = _US_DAY.fullmatch(said or "")
    return f"{match[3]}-{match[1]}-{match[2]}" if match else said


def parse_follows(body: bytes, url: str, *, kind: str, meta: dict[str, Any]) -> RawPage:
    """Read one page of ``/api/user/{userslug}/following`` or ``…/followers`` as follow edges and asks for profiles.

    ``kind`` says which of the two, ``meta`` is what the ask carried: ``owner``, whose list it is.
    """
    answer = load_object(body)
    listed = answer.get("users")
    if not isinstance(listed, list):
        raise BadPage("the answer holds no users")
    rows = RawRows()
    page = RawPage(rows, counts={"items": len(listed), "empty": int(not listed)})
    base, owner = base_of(url), str(meta["owner"])

    def one(user: dict[str, Any]) -> None:
        other, slug = as_id(user.get("uid")), as_text(user.get("userslug"))
        if other is None or other in _NOBODY:
            raise BadItem("the account has no uid")
        src, dst = (other, owner) if kind == "followers" else (owner, other)
        rows.edges.append({"src_native_id": src, "dst_native_id": dst, "kind": "follow"})
        if slug:
            page.next.append(user_page(base, slug, other))

    each(listed, rows, "edges", one)
    _ask_next(page, url, kind, meta, answer, [_key(user, "uid") for user in listed], 5)
    return page


def _ask_next(
    page: RawPage,
    url: str,
    kind: str,
    meta: dict[str, Any],
    answer: dict[str, Any],
    listed: list[str],
    priority: int = 10,
) -> None:
    """Ask for the page after this one, unless it is the last, is empty, or repeats the page before it."""
    paging = as_dict(answer.get("pagination"))
    current, count = as_count(paging.get("currentPage")), as_count(paging.get("pageCount"))
    if not listed or current is None or count is None or current >= count:
        return
    parts = urlsplit(url)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key != "page"]
    address = urlunsplit(parts._replace(query=urlencode([("page", str(current + 1)), *query])))
    next_page(page, Ask(address, kind, priority=priority), listed, meta, meta, most=LONGEST_LIST)


def _said(value: Any) -> str | None:
    """A text that the forum gives as the content of an HTML attribute."""
    text = as_text(value)
    return unescape(text) if text else None


def _key(item: Any, name: str) -> str:
    return as_id(as_dict(item).get(name)) or ""


def _is(value: Any) -> bool:
    """NodeBB writes flags as true and false, or as 1 and 0."""
    return value is True or value == 1 or value == "1"
