"""Saved answers of a Discourse forum: topics, posts, users, lists of topics and categories, as the API gave them.

Users are read first: a hidden profile is its owner's wish to be left out, and only the user's own page tells of it. So
posts are refused whose author's page is not among the files, unless whoever saved them has checked the profiles.
Categories come before topics, which name theirs by number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from crawlers.importers.base import Options, Part
from crawlers.importers.folders import FolderImporter, Seen
from crawlers.importers.json_files import read_items, read_object, shape_of
from crawlers.protocols import discourse
from crawlers.protocols.fields import as_dict, as_id, as_list, as_text, reject
from crawlers.protocols.page import BadPage
from lake.raw import RawRows

_KEYS = {
    "users": frozenset(("user",)),
    "categories": frozenset(("category_list",)),
    "topics": frozenset(("post_stream",)),
    "posts": frozenset(("latest_posts",)),
    "latest": frozenset(("topic_list",)),
}
_TABLES = {"users": "accounts"}
_UNCHECKED = "the author's page (/u/name.json), which tells whether they hide, is not among the files"


class DiscourseFiles(FolderImporter):
    """JSON files of the Discourse API: one answer a file, or an array or lines of answers."""

    name = "discourse"
    kinds = ("users", "categories", "topics", "posts", "latest")

    def kind_of(self, path: Path) -> str | None:
        """Told by the keys of the first object."""
        if not {".json", ".jsonl", ".ndjson"} & set(path.suffixes):
            return None
        keys = shape_of(path).keys
        if "user" in keys and "weibo" in keys:
            return None
        return next((kind for kind, needed in _KEYS.items() if keys >= needed), None)

    def read_file(self, path: Path, kind: str, options: Options, seen: Seen) -> Iterator[Part]:
        """One file, answer by answer."""
        if shape_of(path).kind == "object":
            rows = RawRows()
            answer = read_object(path)
            glimpses = _take(kind, answer, rows, options.base_url, seen)
            if not options.profiles_checked:
                _refuse_unchecked(rows, seen.people)
                glimpses = None  # of those whose page is there, it is better
            yield Part(rows, glimpses=glimpses)
            return
        for found in read_items(path, _TABLES.get(kind, "posts"), batch=100):
            rows = RawRows(rejects=found.rejects)
            for answer in found.items:
                _take(kind, answer, rows, options.base_url, seen)
            if not options.profiles_checked:
                _refuse_unchecked(rows, seen.people)
            yield Part(rows, found.broke_off)


def _refuse_unchecked(rows: RawRows, people: Set[str]) -> None:
    """Refuse the posts of those whose own page was not read."""
    posts, rows.posts = rows.posts, []
    for post in posts:
        if (author := post["author_native_id"]) in people:
            rows.posts.append(post)
        else:
            reject(rows, "posts", _UNCHECKED, post, author)


def _take(kind: str, answer: Any, rows: RawRows, base_url: str, seen: Seen) -> pl.DataFrame | None:
    """Read one answer into ``rows``; what isn't one goes to the rejects. Lists of topics tell of their people."""
    try:
        if kind == "latest":
            return _people(as_list(as_dict(answer).get("users")), base_url)
        if kind == "users":
            users = discourse.parse_user(orjson.dumps(answer), base_url).rows
            seen.people.update(user["native_id"] for user in users.accounts)
            rows.extend(users)
        elif kind == "categories":
            seen.boards.update(discourse.boards_of(as_dict(answer)))
        elif kind == "posts":
            _latest_posts(as_dict(answer), rows, base_url, seen.boards)
        elif as_id(as_dict(answer).get("id")) is None:
            _stream(as_dict(as_dict(answer).get("post_stream")), rows, base_url)
        else:
            board = seen.boards.get(as_id(answer.get("category_id")) or "")
            rows.extend(discourse.parse_topic(orjson.dumps(answer), base_url, board=board).rows)
    except BadPage as error:
        reject(rows, _TABLES.get(kind, "posts"), error.reason, answer)
    except TypeError:  # nested too deep to write again
        reject(rows, _TABLES.get(kind, "posts"), "the answer is nested too deep", answer)
    return None


def _stream(stream: Mapping[str, Any], rows: RawRows, base_url: str) -> None:
    """A further chunk of a topic's posts, which alone doesn't say which topic's."""
    posts = as_list(stream.get("posts"))
    topic = next((number for post in map(as_dict, posts) if (number := as_id(post.get("topic_id")))), None)
    if topic is None:
        raise BadPage("the posts don't say which topic they are of")
    _posts(posts, {"topic": topic}, rows, base_url)


def _latest_posts(answer: Mapping[str, Any], rows: RawRows, base_url: str, boards: Mapping[str, str]) -> None:
    """``/posts.json``: the newest posts of all topics; each brings its topic's title and category."""
    for post in map(as_dict, as_list(answer.get("latest_posts"))):
        board = boards.get(as_id(post.get("category_id")) or "")
        meta = {
            "topic": as_id(post.get("topic_id")),
            "title": as_text(post.get("topic_title")),
            "board": board,
        }
        _posts([post], meta, rows, base_url)


def _posts(posts: list[Any], meta: dict[str, Any], rows: RawRows, base_url: str) -> None:
    body = orjson.dumps({"post_stream": {"posts": posts}})
    rows.extend(discourse.parse_posts(body, base_url, meta=meta).rows)


def _people(users: list[Any], base_url: str) -> pl.DataFrame | None:
    names = [name.strip().lower() for user in map(as_dict, users) if (name := as_text(user.get("username")))]
    if not names:
        return None
    return pl.DataFrame({"native_id": names, "handle": names})
