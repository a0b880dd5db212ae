"""What MediaCrawler saved of Weibo, Tieba and Zhihu: contents, comments and creators as CSV, JSON or JSON Lines.

Since July 2026 its files hold a hash in place of the user's number and a masked nickname: the hash, made without a key, is
taken as an id of its own (``hash:…``), which the gate replaces as it does any, and the nickname is left out. Such an
account and the same person's of an older file stay two. Every site is a source of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from crawlers.importers import weibo
from crawlers.importers.base import Importer, Options, Part
from crawlers.importers.blocks import suffix_of
from crawlers.importers.csv_files import read_csv, read_header, short_rows
from crawlers.importers.folders import FolderImporter, Seen, files_below
from crawlers.importers.json_files import read_items, shape_of, text_frame
from crawlers.importers.values import Values, Whole, sift
from lake.frames import RawFrames
from lake.raw import RawReject

SITES = ("weibo", "tieba", "zhihu")


# Which columns tell that a file holds this, in the layouts before and since July 2026.
_COLUMNS = {
    "weibo contents": {"note_id", "content", "liked_count", "shared_count", "note_url"},
    "weibo comments": {"comment_id", "note_id", "content", "comment_like_count"},
    "weibo creators": {"desc", "follows", "fans", "tag_list"},
    "tieba contents": {"note_id", "tieba_name", "total_replay_num"},
    "tieba comments": {"comment_id", "note_id", "content", "tieba_name"},
    "tieba creators": {"user_name", "registration_duration", "fans"},
    "zhihu contents": {"content_id", "content_type", "voteup_count"},
    "zhihu comments": {"comment_id", "content_id", "content_type", "dislike_count"},
    "zhihu creators": {"url_token", "follows", "fans"},
}
_NEEDS = {
    "native_id": "the row has no id",
    "author_native_id": "the row has neither user_id nor creator_hash",
    "created_at": "the row has no time that can be read",
}
_NO_USER = {"native_id": "the row has neither user_id nor creator_hash"}
_TABLES = {"creators": "accounts", "contents": "posts", "comments": "posts"}
_OTHER_SITES = {"xhs", "douyin", "kuaishou", "bilibili"}
# Every column that is read, of any site and layout.
_READ = (
    *("note_id", "content_id", "content_type", "comment_id", "parent_comment_id", "user_id", "creator_hash"),
    *(
        "user_link",
        "nickname",
        "user_nickname",
        "create_time",
        "create_date_time",
        "publish_time",
        "created_time",
    ),
    *("content", "content_text", "title", "desc", "note_url", "content_url", "source_keyword", "tieba_name"),
    *("liked_count", "voteup_count", "comment_like_count", "like_count", "comments_count", "comment_count"),
    *("total_replay_num", "sub_comment_count", "shared_count", "ip_location", "gender", "follows", "fans"),
    *("parment_comment_id", "user_name", "url_token"),
)


class MediaCrawler(FolderImporter):
    """Files of MediaCrawler; with a ``site`` only those of it."""

    name = "mediacrawler"
    kinds = tuple(f"{site} {what}" for what in _TABLES for site in SITES)

    def __init__(self, site: str = "") -> None:
        self.kind = site

    def split(self, path: Path) -> Sequence[Importer]:
        """One importer a site."""
        found = {kind.split()[0] for file in files_below(path) if (kind := _kind_of(file))}
        return [MediaCrawler(site) for site in SITES if site in found] or [self]

    def kind_of(self, path: Path) -> str | None:
        """Told by the columns of the first row."""
        kind = _kind_of(path)
        return kind if kind and kind.startswith(self.kind) else None

    def read_file(self, path: Path, kind: str, options: Options, seen: Seen) -> Iterator[Part]:
        """One file."""
        site, what = kind.split()
        for rows, whole, rejects, broke_off in _rows(path, _TABLES[what]):
            part = _part(site, what, rows, whole, options.timezone, seen)
            part.rows.rejects += rejects
            part.broke_off = broke_off
            yield part


def _kind_of(path: Path) -> str | None:
    if _OTHER_SITES & set(path.parts[-3:]):
        return None
    if (suffix := suffix_of(path)) == ".csv":
        names = frozenset(read_header(path))
    elif suffix in (".json", ".jsonl"):
        shape = shape_of(path)
        names = shape.keys if shape.kind in ("array", "lines") else frozenset()
    else:
        return None
    return next((kind for kind, columns in _COLUMNS.items() if columns <= names), None)


def _rows(path: Path, table: str) -> Iterator[tuple[pl.DataFrame, Whole, list[RawReject], str]]:
    if suffix_of(path) == ".csv":
        for cells in read_csv(path, table, short_rows):
            yield cells.frame, cells.frame, cells.rejects, cells.broke_off
    else:
        for found in read_items(path, table):
            yield text_frame(found.items, _READ), found.items, found.rejects, found.broke_off


def _part(site: str, what: str, rows: pl.DataFrame, whole: Whole, zone: str, seen: Seen) -> Part:
    values = Values(rows)
    authors = _authors(values)
    if what == "creators":
        accounts, rejects = sift(_creators(values, authors), whole, "accounts", _NO_USER)
        return Part(RawFrames(accounts=accounts, rejects=rejects))
    made = _contents(site, values, zone) if what == "contents" else _comments(values, zone)
    posts, rejects = sift(made.hstack(authors), whole, "posts", _NEEDS)
    seen.note(posts)
    if what == "comments":
        posts = posts.with_columns(seen.of(posts["reply_to_native_id"]).alias("reply_to_author_native_id"))
    return Part(RawFrames(posts=posts, rejects=rejects), glimpses=_glimpses(values, authors))


def _authors(values: Values) -> pl.DataFrame:
    """Who wrote each row: the number, else the id in the profile's address, else the hash; nicknames that are whole."""
    number = values.id("user_id")
    link = values.text("user_link").str.extract(r"(?:[?&](?:id|un)=|/people/)([^&#/?]+)")
    hashed = values.id("creator_hash").to_frame("h").select(pl.format("hash:{}", "h").alias("h"))["h"]
    nickname = values.text("nickname", "user_nickname")
    names = pl.DataFrame(
        [number.alias("number"), link.alias("link"), hashed.alias("hash"), nickname.alias("nick")]
    )
    own = pl.coalesce("number", "link")
    return names.select(
        pl.coalesce(own, "hash").alias("author_native_id"),
        pl.when(own.is_not_null()).then("nick").alias("author_handle"),
    )


def _contents(site: str, values: Values, zone: str) -> pl.DataFrame:
    native_id = _content_id(values) if site == "zhihu" else values.id("note_id")
    return pl.DataFrame(
        [
            native_id.alias("native_id"),
            values.moment(zone, "create_time", "created_time", "publish_time", "create_date_time").alias(
                "created_at"
            ),
            values.text("content", "content_text", "desc").alias("text"),
            values.text("title").alias("title"),
            values.text("tieba_name", "source_keyword").alias("board"),
            values.text("note_url", "content_url").alias("url"),
            values.count("liked_count", "voteup_count").alias("likes"),
            values.count("comments_count", "comment_count", "total_replay_num").alias("replies"),
            values.count("shared_count").alias("reposts"),
        ]
    )


def _comments(values: Values, zone: str) -> pl.DataFrame:
    """Replies to the comment that they stand under, else to the post."""
    parent = values.id("parent_comment_id", "parment_comment_id")
    own = values.id("comment_id")
    ids = pl.DataFrame([parent.alias("parent"), own.alias("own"), _content_id(values).alias("post")])
    under = pl.when(~pl.col("parent").is_in(["0", "None"]) & (pl.col("parent") != pl.col("own"))).then(
        "parent"
    )
    reply_to = ids.select(pl.coalesce(pl.format("comment:{}", under), "post").alias("to"))["to"]
    return pl.DataFrame(
        [
            weibo.comment_id(own).alias("native_id"),
            values.moment(zone, "create_time", "publish_time", "create_date_time").alias("created_at"),
            values.text("content").alias("text"),
            values.text("tieba_name").alias("board"),
            reply_to.alias("reply_to_native_id"),
            values.count("comment_like_count", "like_count").alias("likes"),
            values.count("sub_comment_count").alias("replies"),
        ]
    )


def _content_id(values: Values) -> pl.Series:
    """Zhihu numbers answers, articles and videos apart: there the kind is part of the id."""
    ids = pl.DataFrame(
        [values.id("content_type").alias("type"), values.id("content_id").alias("id"), values.id("note_id")]
    )
    return ids.select(pl.coalesce(pl.format("{}:{}", "type", "id"), "id", "note_id").alias("id"))["id"]


def _creators(values: Values, authors: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(
        [
            authors["author_native_id"].alias("native_id"),
            authors["author_handle"].alias("handle"),
            authors["author_handle"].alias("name"),
            values.text("desc").alias("bio"),
            values.region("ip_location").alias("region"),
            values.text("gender").alias("gender"),
            values.count("fans").alias("followers_count"),
            values.count("follows").alias("following_count"),
        ]
    )


def _glimpses(values: Values, authors: pl.DataFrame) -> pl.DataFrame | None:
    """Region and gender, where older files tell them beside posts and comments."""
    told = pl.DataFrame(
        [
            authors["author_native_id"].alias("native_id"),
            authors["author_handle"].alias("handle"),
            values.region("ip_location").alias("region"),
            values.text("gender").alias("gender"),
        ]
    ).filter(
        pl.col("native_id").is_not_null() & (pl.col("region").is_not_null() | pl.col("gender").is_not_null())
    )
    return told.unique("native_id", keep="last", maintain_order=True) if told.height else None
