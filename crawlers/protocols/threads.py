"""The posts of a topic's page as rows, whatever software drew it: whom each answers, and what the next page must know.

Replies find their authors through ``known`` (post id -> account id and name), which goes from page to page with the ask,
the first post and the latest ones only, so that long topics stay cheap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawlers.protocols.fields import BadItem, as_dict, as_list, as_text, drop_absent, reject
from crawlers.protocols.html import PlainText
from crawlers.protocols.page import RawPage
from lake.raw import RawMention, RawPost

_KNOWN = 200  # posts that the next page is told of


@dataclass(slots=True)
class Said:
    """One post as a page shows it. ``answers``: the post that it names as answered, beside what it quotes."""

    native_id: str | None
    author: str | None
    name: str | None
    at: datetime | None
    plain: PlainText
    url: str | None = None
    likes: int | None = None
    answers: str | None = None
    mentioned: dict[str, str] = field(default_factory=dict)  # handle -> account id, where the page tells it


@dataclass(slots=True)
class Topic:
    """What holds for all posts of a topic's page. ``starter``: the account that began it, where the page says so."""

    number: str
    title: str | None = None
    board: str | None = None
    tags: list[str] = field(default_factory=list)
    replies: int | None = None
    starter: str | None = None


def add_posts(
    page: RawPage, topic: Topic, said: list[Said], meta: dict[str, Any], since: datetime | None
) -> dict[str, Any]:
    """Add the page's posts to its rows; gives what the ask for the topic's next page must carry.

    ``meta`` is what the ask for this page carried; its ``first`` is the post that began the topic, where that is known.
    """
    known = {str(key): [*map(str, as_list(value))] for key, value in as_dict(meta.get("known")).items()}
    known = {key: value for key, value in known.items() if len(value) == 2}
    first = as_text(meta.get("first"))
    for post in said:
        if post.native_id and post.author:
            known[post.native_id] = [post.author, post.name or ""]
    for post in said:
        try:
            row = _row(post, topic, known, first)
        except BadItem as error:
            reject(page.rows, "posts", str(error), _shown(post), post.author)
            continue
        if since is None or row["created_at"] >= since:
            page.rows.posts.append(row)
    latest = dict(list(known.items())[-_KNOWN:])
    if first in known:
        latest[first] = known[first]
    return {"known": latest, "first": first, "board": topic.board}


def _row(post: Said, topic: Topic, known: dict[str, list[str]], first: str | None) -> RawPost:
    if not post.native_id or not post.author:
        raise BadItem("the post has no id or no author")
    if post.at is None:
        raise BadItem("the post has no time that can be read")
    is_first = post.native_id == first
    answered = post.answers or next((quote.post_id for quote in post.plain.quotes if quote.post_id), None)
    by = {name.lower(): author for author, name in known.values() if name}
    quoted = [by.get(quote.username.lower()) for quote in post.plain.quotes]
    to = known[answered][0] if answered in known else quoted[0] if quoted else None
    if answered is None and to is None and not is_first:
        answered = first  # an answer to nobody in particular answers the topic
        to = known[first][0] if first in known else topic.starter
    mentioned = {name: by.get(name.lower()) for name in post.plain.mentions} | post.mentioned
    mentioned |= {quote.username: by.get(quote.username.lower()) for quote in post.plain.quotes}
    mentions: list[RawMention] = [
        {"native_id": account, "handle": name}
        for name, account in sorted(mentioned.items())
        if account and account != post.author
    ]
    row: RawPost = {
        "native_id": post.native_id,
        "author_native_id": post.author,
        "author_handle": post.name,
        "created_at": post.at,
        "text": post.plain.text,
        "title": topic.title if is_first else None,
        "board": topic.board,
        "hashtags": topic.tags if is_first else [],
        "url": post.url,
        "reply_to_native_id": answered,
        "reply_to_author_native_id": to,
        "mentions": mentions,
        "likes": post.likes,
        "replies": topic.replies if is_first else None,
        "visibility": "public",
    }
    return drop_absent(row)


def _shown(post: Said) -> dict[str, Any]:
    return {"native_id": post.native_id, "url": post.url, "text": post.plain.text}
