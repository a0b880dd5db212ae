"""What weibo-search saved: posts found by a keyword, as CSV (``结果文件/<keyword>/<keyword>.csv``) or SQLite.

The keyword stands in the path alone and becomes the board. The original of a repost is a row of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from crawlers.importers import weibo
from crawlers.importers.base import Options, Part
from crawlers.importers.blocks import suffix_of
from crawlers.importers.csv_files import read_csv, read_header, short_rows
from crawlers.importers.folders import FolderImporter, Seen
from crawlers.importers.sqlite_files import SQLITE, read_table, tables_of
from crawlers.importers.values import Values, renamed, sift
from lake.frames import RawFrames

_NAMES = {
    "用户昵称": "screen_name",
    "微博正文": "text",
    "艾特用户": "at_users",
    "话题": "topics",
    "转发数": "reposts_count",
    "评论数": "comments_count",
    "点赞数": "attitudes_count",
    "发布时间": "created_at",
}
_TABLE = "weibo"
_REMEMBERED = 40_000  # posts: an original stands beside its reposts


class WeiboSearch(FolderImporter):
    """CSV files and SQLite files of weibo-search."""

    name = "weibo-search"
    kind = "weibo"
    kinds = ("csv", "sqlite")

    def kind_of(self, path: Path) -> str | None:
        """Told by the header, or by the columns of the table."""
        if suffix_of(path) == ".csv" or path.suffix == ".gz":
            return "csv" if {"id", "user_id", "微博正文"} <= set(read_header(path)) else None
        if path.suffix.lower() in SQLITE:
            columns = tables_of(path).get(_TABLE, [])
            return "sqlite" if {"screen_name", "user_authentication"} <= set(columns) else None
        return None

    def read_file(self, path: Path, kind: str, options: Options, seen: Seen) -> Iterator[Part]:
        """One CSV file under its keyword, or the table of a SQLite file."""
        seen, zone = Seen(_REMEMBERED), options.timezone
        if kind == "sqlite":
            for rows, broke_off in read_table(path, _TABLE):
                part = _part(rows, rows, zone, seen, None)
                part.broke_off = broke_off
                yield part
            return
        keyword = re.sub(r"(\.csv)?(\.gz)?$", "", path.name, flags=re.IGNORECASE)
        for cells in read_csv(path, "posts", short_rows):
            part = _part(renamed(cells.frame, _NAMES), cells.frame, zone, seen, keyword)
            part.rows.rejects += cells.rejects
            part.broke_off = cells.broke_off
            yield part


def _part(rows: pl.DataFrame, whole: pl.DataFrame, zone: str, seen: Seen, keyword: str | None) -> Part:
    values = Values(rows)
    posts, rejects = sift(weibo.posts(values, zone, keyword), whole, "posts", weibo.NEEDS)
    seen.note(posts)
    authors = seen.of(posts["repost_of_native_id"]).alias("repost_of_author_native_id")
    frames = RawFrames(posts=posts.with_columns(authors), rejects=rejects)
    return Part(frames, glimpses=weibo.glimpses(values))
