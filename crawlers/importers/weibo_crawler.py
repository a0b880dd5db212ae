"""What weibo-crawler saved: the ``weibo/`` folder (posts as CSV and JSON, users.csv, comments) and its SQLite file.

A posts CSV has no column for its author: the file is named after the user's number, the folder after the nickname. Its
rows are ragged: those of original posts and those with a repost end earlier than the header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from crawlers.importers import weibo
from crawlers.importers.base import Options, Part
from crawlers.importers.blocks import suffix_of
from crawlers.importers.csv_files import Cells, read_csv, read_header, short_rows
from crawlers.importers.folders import FolderImporter, Seen
from crawlers.importers.json_files import Items, read_items, shape_of, text_frame
from crawlers.importers.sqlite_files import SQLITE, read_table, tables_of
from crawlers.importers.values import Values, Whole, refuse, renamed, sift
from lake.frames import RawFrames
from lake.raw import RawReject
from privacy.errors import BadInputError

# The header's columns as the JSON and the SQLite file name them.
_POST = {
    "id": "id",
    "bid": "bid",
    "正文": "text",
    "头条文章url": "article_url",
    "原始图片url": "pics",
    "视频url": "video_url",
    "Live Photo视频url": "live_photo_url",
    "位置": "location",
    "日期": "created_at",
    "工具": "source",
    "点赞数": "attitudes_count",
    "评论数": "comments_count",
    "转发数": "reposts_count",
    "话题": "topics",
    "@用户": "at_users",
    "完整日期": "full_created_at",
    "是否编辑过": "edited",
    "编辑次数": "edit_count",
}
_ORIGINAL = "源微博"
_RETWEET = "retweet."
_HEADER = (*_POST, "是否原创", "源用户id", "源用户昵称", *(f"{_ORIGINAL}{name}" for name in _POST))
# A row of an original post alone, of an original post, and with a repost, of which two cells are left out.
_WIDTHS = (len(_POST), len(_POST) + 1, len(_HEADER) - 2, len(_HEADER))
_NAMES = {
    **_POST,
    **{f"{_ORIGINAL}{name}": f"{_RETWEET}{item}" for name, item in _POST.items()},
    "源用户id": f"{_RETWEET}user_id",
    "源用户昵称": f"{_RETWEET}screen_name",
}
_USER = {
    "用户id": "id",
    "昵称": "screen_name",
    "性别": "gender",
    "生日": "birthday",
    "所在地": "location",
    "IP属地": "ip_location",
    "学习经历": "education",
    "注册时间": "registration_time",
    "微博数": "statuses_count",
    "粉丝数": "followers_count",
    "关注数": "follow_count",
    "简介": "description",
    "主页": "profile_url",
    "是否认证": "verified",
    "认证类型": "verified_type",
}
_COMMENT_COLUMNS = {"id", "weibo_id", "created_at", "user_screen_name", "text"}
_NO_USER = {"native_id": "the row has no user id"}
_NUMBER = re.compile(r"\d{4,}")


class WeiboCrawler(FolderImporter):
    """Files of weibo-crawler, alone or as the folder that it made."""

    name = "weibo-crawler"
    kind = "weibo"
    kinds = ("users", "posts", "json", "sqlite", "comments")

    def kind_of(self, path: Path) -> str | None:
        """Told by the header, the keys or the tables."""
        if (suffix := suffix_of(path)) == ".csv":
            header = set(read_header(path))
            if {"用户id", "昵称"} <= header:
                return "users"
            if {"id", "bid", "正文", "工具"} <= header:
                return "posts"
            return "comments" if header >= _COMMENT_COLUMNS else None
        if suffix == ".json":
            shape = shape_of(path)
            return "json" if shape.kind == "object" and shape.keys >= {"user", "weibo"} else None
        if path.suffix.lower() in SQLITE:
            tables = tables_of(path)
            return "sqlite" if {"attitudes_count", "edited"} <= set(tables.get("weibo", ())) else None
        return None

    def read_file(self, path: Path, kind: str, options: Options, seen: Seen) -> Iterator[Part]:
        """One file."""
        zone = options.timezone
        if kind == "users":
            for cells in read_csv(path, "accounts", short_rows):
                yield _after(cells, _accounts(renamed(cells.frame, _USER), zone, cells.frame))
        elif kind == "posts":
            user_id, nickname = _owner(path)
            own = [pl.lit(user_id).alias("user_id"), pl.lit(nickname, pl.String).alias("screen_name")]
            for cells in read_csv(path, "posts", _layout):
                rows = renamed(cells.frame, _NAMES).with_columns(own)
                yield _after(cells, _posts(rows, zone, seen, cells.frame))
        elif kind == "comments":
            for cells in read_csv(path, "posts", short_rows):
                yield _after(cells, _comments(cells.frame, zone, seen))
        elif kind == "json":
            yield from _json(path, zone, seen)
        else:
            yield from _sqlite(path, zone, seen)


def _after(read: Cells | Items, part: Part) -> Part:
    """The part with what the reading of the file itself refused."""
    part.rows.rejects += read.rejects
    part.broke_off = read.broke_off
    return part


def _layout(header: Sequence[str], width: int) -> Sequence[str] | None:
    """Rows end early; below a header that an older version began, rows of today's version have today's columns."""
    older = len(header) < len(_HEADER) and "完整日期" not in header
    if older and width in _WIDTHS and width != len(header):
        return _HEADER[:width]
    return short_rows(header, width)


def _owner(path: Path) -> tuple[str, str | None]:
    """Whose posts a CSV holds: the number that the file is named after, the nickname that the folder is."""
    number = path.name.split(".")[0]
    if not _NUMBER.fullmatch(number):
        raise BadInputError(
            f"{path} doesn't tell whose posts it holds.",
            "weibo-crawler names it after the user: <user id>.csv.",
        )
    folder = path.parent.name
    is_nickname = folder not in ("", "weibo") and not _NUMBER.fullmatch(folder)
    return number, folder if is_nickname else None


def _posts(rows: pl.DataFrame, zone: str, seen: Seen, whole: Whole) -> Part:
    """Posts, and before them the originals that their rows hold."""
    inner = {name: name.removeprefix(_RETWEET) for name in rows.columns if name.startswith(_RETWEET)}
    posts = weibo.posts(Values(rows), zone)
    originals, rejects = posts.clear(), list[RawReject]()
    if inner:
        within = rows.select(pl.col(name).alias(bare) for name, bare in inner.items())
        made = weibo.posts(Values(within), zone)
        posts = posts.with_columns(
            made["native_id"].alias("repost_of_native_id"),
            made["author_native_id"].alias("repost_of_author_native_id"),
        )
        # An original that was deleted leaves its number at most: no post, and nothing that could be refused.
        made = made.with_columns(
            there=pl.col("native_id").is_not_null() & pl.col("author_native_id").is_not_null()
        )
        lost = pl.when(pl.col("there") & pl.col("created_at").is_null()).then(
            pl.lit(weibo.NEEDS["created_at"])
        )
        rejects = refuse(made, lost, whole, "posts")
        originals = made.filter("there", pl.col("created_at").is_not_null()).drop("there")
    good, refused = sift(posts, whole, "posts", weibo.NEEDS)
    seen.note(originals)
    seen.note(good)
    if not inner:
        good = good.with_columns(seen.of(good["repost_of_native_id"]).alias("repost_of_author_native_id"))
    together = pl.concat([originals, good], how="diagonal")
    return Part(RawFrames(posts=together, rejects=rejects + refused))


def _accounts(rows: pl.DataFrame, zone: str, whole: Whole) -> Part:
    accounts, rejects = sift(weibo.profiles(Values(rows), zone), whole, "accounts", _NO_USER)
    return Part(RawFrames(accounts=accounts, rejects=rejects))


def _comments(rows: pl.DataFrame, zone: str, seen: Seen) -> Part:
    comments, rejects = sift(weibo.comments(Values(rows), zone), rows, "posts", weibo.NEEDS)
    seen.note(comments)
    answered = seen.of(comments["reply_to_native_id"]).alias("reply_to_author_native_id")
    return Part(RawFrames(posts=comments.with_columns(answered), rejects=rejects))


def _reposts(rows: pl.DataFrame, zone: str, seen: Seen) -> Part:
    """The table of who reposted a post: posts of their own."""
    values = Values(
        rows.rename({"user_screen_name": "screen_name", "like_count": "attitudes_count"}, strict=False)
    )
    made = weibo.posts(values, zone).with_columns(values.id("weibo_id").alias("repost_of_native_id"))
    posts, rejects = sift(made, rows, "posts", weibo.NEEDS)
    reposted = seen.of(posts["repost_of_native_id"]).alias("repost_of_author_native_id")
    return Part(RawFrames(posts=posts.with_columns(reposted), rejects=rejects))


def _json(path: Path, zone: str, seen: Seen) -> Iterator[Part]:
    user = next(read_items(path, "accounts", "user", batch=1))
    frame = text_frame(user.items, tuple(dict.fromkeys(_USER.values())))
    yield _after(user, _accounts(frame, zone, user.items))
    owner = user.items[0] if user.items else {}
    for found in read_items(path, "posts", "weibo"):
        yield _after(found, _posts(_flat(found, owner), zone, seen, found.items))


def _flat(found: Items, owner: Mapping[str, Any]) -> pl.DataFrame:
    """The posts' keys and, after a prefix, those of the posts that they repost."""
    rows = text_frame(found.items, weibo.ITEMS)
    inner = [item.get("retweet") for item in found.items]
    within = text_frame([one if isinstance(one, dict) else {} for one in inner], weibo.ITEMS)
    named = {"user_id": owner.get("id"), "screen_name": owner.get("screen_name")}
    whose = text_frame([named], tuple(named))
    own = [pl.col(name).fill_null(pl.lit(whose[name][0], pl.String)) for name in whose.columns]
    return rows.with_columns(own).hstack(within.rename(lambda name: f"{_RETWEET}{name}"))


def _sqlite(path: Path, zone: str, seen: Seen) -> Iterator[Part]:
    tables = tables_of(path)
    for table in ("user", "weibo", "comments", "reposts"):
        if table not in tables:
            continue
        for rows, broke_off in read_table(path, table):
            part = _rows_of(table, rows, zone, seen) if rows.width else Part(RawFrames())
            part.broke_off = broke_off
            yield part


def _rows_of(table: str, rows: pl.DataFrame, zone: str, seen: Seen) -> Part:
    if table == "user":
        return _accounts(rows, zone, rows)
    if table == "weibo":
        return _posts(rows, zone, seen, rows)
    return _comments(rows, zone, seen) if table == "comments" else _reposts(rows, zone, seen)
