"""Discourse's public JSON: categories, latest topics, topics, the rest of their posts, users.

Field names: discourse/discourse_api_docs, openapi.json. An account's native id is its lower-case username, the public
key of ``/u/…``, of mentions and of quotes. There is no follow graph; replies and quotes are the edges.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from crawlers.protocols.fields import (
    BadItem,
    as_count,
    as_dict,
    as_id,
    as_list,
    as_moment,
    as_text,
    drop_absent,
    each,
    load_object,
)
from crawlers.protocols.html import PlainText, to_plain, to_text
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.protocols.paging import LONGEST_LIST, next_page
from lake.raw import RawAccount, RawPost, RawRows

CHUNK = 20  # posts a posts.json request: what Discourse's own pages ask for
_BELOW = re.compile(r"(.*?)/(?:(?:t|u|tag)/|(?:latest|categories|search)\.json)")
_KNOWN = 1000  # posts of a mega topic that its next page is told of
_LIKE = 2  # post action type
_REGULAR = 1  # post_type of what people write; others are moderator notes and small actions


def base_of(url: str) -> str:
    """The forum's base address, also where it lies below a path, from itself or the address of one of its pages."""
    parts = urlsplit(url)
    below = _BELOW.match(parts.path)
    path = below[1] if below else "" if parts.path.endswith(".json") else parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def parse_categories(body: bytes, url: str, *, lists: Sequence[Ask]) -> RawPage:
    """Read ``/categories.json``: the names of the boards, handed on to the asks for ``lists`` of topics or posts."""
    boards = boards_of(load_object(body))
    asks = [replace(ask, meta={"boards": boards}) for ask in lists]
    return RawPage(RawRows(), asks, {"items": len(boards), "empty": int(not boards)})


def boards_of(answer: dict[str, Any]) -> dict[str, str]:
    """The names of the categories in ``/categories.json`` by their numbers."""
    boards: dict[str, str] = {}
    for category in map(as_dict, as_list(as_dict(answer.get("category_list")).get("categories"))):
        _board(category, boards)
        for below in as_list(category.get("subcategory_list")):
            _board(as_dict(below), boards)
    return boards


def _board(category: dict[str, Any], boards: dict[str, str]) -> None:
    number, name = as_id(category.get("id")), as_text(category.get("name"))
    if number and name:
        boards[number] = name


def parse_latest(body: bytes, url: str, *, meta: dict[str, Any], since: datetime | None = None) -> RawPage:
    """Read a page of ``/latest.json``: one ask a topic, and the next page.

    ``meta`` is what the ask carried: ``boards``. Topics stand in the order of their last post; a page on which all but the pinned ones were quiet since ``since``
    is the last.
    """
    topics = load_object(body).get("topic_list")
    if not isinstance(topics, dict):
        raise BadPage("latest.json has no topic_list")
    listed = as_list(topics.get("topics"))
    page = RawPage(RawRows(), counts={"items": len(listed), "empty": int(not listed)})
    boards, recent = as_dict(meta.get("boards")), 0

    def one(topic: dict[str, Any]) -> None:
        nonlocal recent
        number = as_id(topic.get("id"))
        if number is None:
            raise BadItem("the topic has no id")
        last = as_moment(topic.get("bumped_at")) or as_moment(topic.get("last_posted_at"))
        if since is not None and last is not None and last < since:
            return
        if not topic.get("pinned"):
            recent += 1
        if topic.get("visible") is False or topic.get("archetype") not in (None, "regular"):
            return
        board = boards.get(as_id(topic.get("category_id")) or "")
        state = f"{topic.get('last_posted_at')}/{topic.get('posts_count')}"
        address = f"{base_of(url)}/t/{quote(number, safe='')}.json"
        asked = drop_absent({"board": board})
        page.next.append(Ask(address, "topic", asked, remember=(f"topic:{number}", state)))

    each(listed, page.rows, "posts", one)
    more = as_text(topics.get("more_topics_url"))
    if more and listed and (since is None or recent):
        ask = Ask(_json_url(url, more), "latest", priority=10)
        numbers = [as_id(as_dict(topic).get("id")) for topic in listed]
        next_page(page, ask, numbers, meta, {"boards": boards}, most=LONGEST_LIST)
    return page


def _json_url(url: str, more: str) -> str:
    """Discourse gives the address of the next page as people see it; its JSON has the same path with ``.json``."""
    try:
        parts = urlsplit(urljoin(url, more))
    except ValueError:
        raise BadPage("more_topics_url is not an address") from None
    here = urlsplit(url)
    if parts[:2] != here[:2]:
        raise BadPage("more_topics_url leads to another host")
    path = parts.path if parts.path.endswith(".json") else f"{parts.path.rstrip('/')}.json"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def search(base: str, term: str, since: datetime | None) -> Ask:
    """The ask for the first page of what is found for a term, newest first."""
    after = f" after:{since:%Y-%m-%d}" if since else ""
    query = urlencode({"q": f"{term} order:latest{after}", "page": "1"})
    return Ask(f"{base}/search.json?{query}", "search", priority=10)


def parse_search(body: bytes, url: str, *, meta: dict[str, Any], since: datetime | None = None) -> RawPage:
    """Read a page of ``/search.json``: it cuts posts short, so each is asked for where it stands in its topic.

    ``meta`` is what the ask carried: ``boards``. There is a next page while the answer says so and this one is not the same again.
    """
    answer = load_object(body)
    found, about = as_list(answer.get("posts")), as_dict(answer.get("grouped_search_result"))
    if not about:
        raise BadPage("search.json has no grouped_search_result")
    page = RawPage(RawRows(), counts={"items": len(found), "empty": int(not found)})
    topics = {as_id(topic.get("id")): topic for topic in map(as_dict, as_list(answer.get("topics")))}
    listed: list[str] = []

    def one(post: dict[str, Any]) -> None:
        topic_id, number = as_id(post.get("topic_id")), as_id(post.get("post_number"))
        if topic_id is None or number is None:
            raise BadItem("the post found has no topic_id or post_number")
        listed.append(f"{topic_id}/{number}")
        created = as_moment(post.get("created_at"))
        if since is not None and created is not None and created < since:
            return
        topic = topics.get(topic_id, {})
        board = as_dict(meta.get("boards")).get(as_id(topic.get("category_id")) or "")
        state = f"{topic.get('last_posted_at')}/{topic.get('posts_count')}"
        address = f"{base_of(url)}/t/{quote(topic_id, safe='')}/{quote(number, safe='')}.json"
        asked = drop_absent({"board": board})
        page.next.append(Ask(address, "found", asked, remember=(f"found:{listed[-1]}", state)))

    each(found, page.rows, "posts", one, _key)
    more = about.get("more_full_page_results") is True or about.get("more_posts") is True
    if more and listed:
        query = dict(parse_qsl(urlsplit(url).query))
        query["page"] = str((as_count(query.get("page")) or 1) + 1)
        address = f"{base_of(url)}/search.json?{urlencode(query)}"
        ask, carried = Ask(address, "search", priority=10), {"boards": meta.get("boards")}
        next_page(page, ask, listed, meta, carried, most=LONGEST_LIST)
    return page


def parse_topic(
    body: bytes, url: str, *, board: str | None = None, since: datetime | None = None, whole: bool = True
) -> RawPage:
    """Read ``/t/{id}.json``: the first posts, and an ask for the next chunk of the others.

    A mega topic (10,000 posts and more) does not list its posts and is read page by page. Not ``whole``: ``/t/{id}/{post_number}.json``, the posts around that one and no others.
    """
    topic = load_object(body)
    stream = topic.get("post_stream")
    number = as_id(topic.get("id"))
    if not isinstance(stream, dict) or number is None:
        raise BadPage("the topic has no id or post_stream")
    title = as_text(topic.get("title"))
    tags = [name for name in map(_tag_name, as_list(topic.get("tags"))) if name]
    meta = drop_absent({"topic": number, "title": title, "board": board, "tags": tags})
    known: dict[str, list[str]] = {}
    listed = [post for post in map(as_id, as_list(stream.get("stream"))) if post]
    opener = _key(as_dict(as_dict(topic.get("details")).get("created_by")))
    if listed and opener:
        known["1"] = [listed[0], opener]
    page = _posts(as_list(stream.get("posts")), url, meta, known, since)
    if whole:
        have = {as_id(post.get("id")) for post in map(as_dict, as_list(stream.get("posts")))}
        _ask_chunk(page, url, meta, known, [post for post in listed if post not in have])
        if stream.get("isMegaTopic") is True:
            _ask_page(
                page, url, {**meta, "mega": True, "last": as_id(stream.get("lastId")), "known": known}, stream
            )
    return page


def parse_posts(body: bytes, url: str, *, meta: dict[str, Any], since: datetime | None = None) -> RawPage:
    """Read one chunk of ``/t/{id}/posts.json``, or a page of a mega topic; ``meta`` is what the ask for it carried."""
    stream = load_object(body).get("post_stream")
    if not isinstance(stream, dict):
        raise BadPage("posts.json has no post_stream")
    known = {str(key): list(value) for key, value in as_dict(meta.get("known")).items()}
    page = _posts(as_list(stream.get("posts")), url, meta, known, since)
    pending = [post for post in as_list(meta.get("pending")) if isinstance(post, str)]
    _ask_chunk(page, url, meta, known, pending)
    if meta.get("mega"):
        _ask_page(page, url, {**meta, "known": known}, stream)
    return page


def _ask_page(page: RawPage, url: str, meta: dict[str, Any], stream: dict[str, Any]) -> None:
    """Ask for the page of a mega topic behind this one, unless its last post stands here."""
    ids = [as_id(as_dict(post).get("id")) for post in as_list(stream.get("posts"))]
    if ids and meta.get("last") not in ids:
        number = (as_count(meta.get("page")) or 1) + 1
        address = f"{base_of(url)}/t/{quote(str(meta['topic']), safe='')}.json?page={number}"
        latest = dict(list(meta["known"].items())[-_KNOWN:])
        if "1" in meta["known"]:
            latest["1"] = meta["known"]["1"]
        carried = {**meta, "known": latest}
        next_page(page, Ask(address, "posts", priority=3), ids, meta, carried, most=LONGEST_LIST)


def _ask_chunk(
    page: RawPage, url: str, meta: dict[str, Any], known: dict[str, list[str]], pending: list[str]
) -> None:
    """Ask for the next chunk; what is known of post numbers goes along, so that replies find their authors."""
    if pending:
        chunk, rest = pending[:CHUNK], pending[CHUNK:]
        query = urlencode([("post_ids[]", post) for post in chunk])
        address = f"{base_of(url)}/t/{quote(str(meta['topic']), safe='')}/posts.json?{query}"
        page.next.append(Ask(address, "posts", {**meta, "known": known, "pending": rest}, priority=3))


def _tag_name(tag: Any) -> str | None:
    """Older servers give tags as strings, newer ones as objects."""
    return as_text(tag) or as_text(as_dict(tag).get("name"))


def _posts(
    posts: list[Any], url: str, meta: dict[str, Any], known: dict[str, list[str]], since: datetime | None
) -> RawPage:
    rows = RawRows()
    page = RawPage(rows, counts={"items": len(posts), "empty": int(not posts)})
    for post in map(as_dict, posts):
        number, post_id, username = as_id(post.get("post_number")), as_id(post.get("id")), _key(post)
        if number and post_id and username:
            known[number] = [post_id, username]
    authors: dict[str, None] = {}

    def one(post: dict[str, Any]) -> None:
        if post.get("hidden") is True or post.get("user_deleted") is True or post.get("deleted_at"):
            return
        if post.get("post_type", _REGULAR) != _REGULAR:
            return
        row = _post_row(post, url, meta, known)
        authors[row["author_native_id"]] = None
        if since is None or row["created_at"] >= since:
            rows.posts.append(row)

    each(posts, rows, "posts", one, _key)
    for username in authors:
        asked = {"handle": username, "native_id": username}
        page.next.append(Ask(user_url(base_of(url), username), "user", asked, priority=20))
    return page


def user_url(base: str, username: str) -> str:
    """Where a profile answers."""
    return f"{base}/u/{quote(username, safe='')}.json"


def _key(post: dict[str, Any]) -> str | None:
    name = as_text(post.get("username"))
    return name.strip().lower() if name else None


def _post_row(post: dict[str, Any], url: str, meta: dict[str, Any], known: dict[str, list[str]]) -> RawPost:
    native_id, author, created = as_id(post.get("id")), _key(post), as_moment(post.get("created_at"))
    if native_id is None or author is None or created is None:
        raise BadItem("the post has no id, username or usable created_at")
    number = as_id(post.get("post_number"))
    plain = _plain(post)
    reply_to = known.get(as_id(post.get("reply_to_post_number")) or "")
    answered = _key(as_dict(post.get("reply_to_user")))
    if reply_to is None and number not in (None, "1") and answered is None:
        reply_to = known.get("1")  # an answer to nobody in particular answers the topic
    named = {name.lower() for name in (*plain.mentions, *(said.username for said in plain.quotes))} - {author}
    row: RawPost = {
        "native_id": native_id,
        "author_native_id": author,
        "author_handle": author,
        "created_at": created,
        "text": plain.text,
        "title": as_text(meta.get("title")) if number == "1" else None,
        "board": as_text(meta.get("board")),
        "hashtags": [tag for tag in as_list(meta.get("tags")) if isinstance(tag, str)],
        "url": f"{base_of(url)}/t/{meta['topic']}/{number}" if number else None,
        "reply_to_native_id": reply_to[0] if reply_to else None,
        "reply_to_author_native_id": reply_to[1] if reply_to else answered,
        "mentions": [{"native_id": name, "handle": name} for name in sorted(named)],
        "likes": _likes(as_list(post.get("actions_summary"))),
        "replies": as_count(post.get("reply_count")),
        "visibility": "public",
    }
    return drop_absent(row)


def _plain(post: dict[str, Any]) -> PlainText:
    cooked = as_text(post.get("cooked"))
    return to_plain(cooked) if cooked else PlainText((as_text(post.get("raw")) or "").strip())


def _likes(actions: list[Any]) -> int | None:
    for action in map(as_dict, actions):
        if action.get("id") == _LIKE:
            return as_count(action.get("count"))
    return None


def parse_user(body: bytes, url: str) -> RawPage:
    """Read ``/u/{username}.json``; ``profile_hidden`` is the person's opt-out and passes on as such."""
    user = load_object(body).get("user")
    if not isinstance(user, dict):
        raise BadPage("the answer holds no user")
    username = _key(user)
    if username is None:
        raise BadPage("the user has no username")
    bio = as_text(user.get("bio_cooked")) or as_text(user.get("bio_excerpt"))
    row: RawAccount = {
        "native_id": username,
        "handle": username,
        "url": f"{base_of(url)}/u/{quote(username, safe='')}",
        "name": as_text(user.get("name")),
        "bio": to_text(bio) if bio else as_text(user.get("bio_raw")),
        "region": as_text(user.get("location")),
        "kind": "person",
        "posts_count": as_count(user.get("post_count")),
        "registered_at": as_moment(user.get("created_at")),
        "last_active_at": as_moment(user.get("last_posted_at")),
        "profile_hidden": user.get("profile_hidden") is True,  # absent where the profile is shown
    }
    rows = RawRows()
    rows.accounts.append(drop_absent(row))
    return RawPage(rows, counts={"items": 1})
