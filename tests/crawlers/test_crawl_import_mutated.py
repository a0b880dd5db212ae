"""Every reader of files, fed with files that were damaged: rows, rejects or a clear refusal, and no other exception."""

from __future__ import annotations

import contextlib
import gzip
import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawlers.importers.base import Options
from crawlers.importers.discourse_files import DiscourseFiles
from crawlers.importers.folders import FolderImporter, Seen
from crawlers.importers.json_members import End, Member, first_keys, members
from crawlers.importers.mastodon_files import MastodonFiles
from crawlers.importers.mediacrawler import MediaCrawler
from crawlers.importers.run import import_files
from crawlers.importers.sqlite_files import tables_of
from crawlers.importers.table import Table
from crawlers.importers.weibo_crawler import WeiboCrawler
from crawlers.importers.weibo_hot import WeiboHot
from crawlers.importers.weibo_search import WeiboSearch
from crawlers.importers.zhihu_hot import ZhihuHot
from lake.frames import FRAMES, RawFrames, fitted
from lake.raw import RawRows
from privacy.errors import BadInputError, NoPolicyError
from privacy.home import Home
from privacy.policies import add_policy
from tests.crawlers import test_crawl_import_mediacrawler as mediacrawler
from tests.crawlers import test_crawl_import_saved as saved
from tests.crawlers import test_crawl_importers as importers
from tests.crawlers import weibo_files as weibo
from tests.crawlers.crawl_lab import policy

OPTIONS = Options(timezone="Asia/Shanghai", base_url="https://m.test")
NAMES = (
    "search",
    "posts",
    "users",
    "weibo",
    "contents",
    "lines",
    "comments",
    "statuses",
    "accounts",
    "topics",
    "topic lists",
)


def samples(folder: Path) -> dict[str, tuple[FolderImporter, str, Path]]:
    """A good file of every kind: its importer, the kind, where it lies."""
    note = {**mediacrawler.NOTE, **mediacrawler.OLD, **mediacrawler.NEW}
    flat = [saved.status(1, saved.account(1)), saved.status(2, saved.account(2))]
    topic = {
        "id": 5,
        "title": "t",
        "post_stream": {"posts": [saved.post(1, "a"), saved.post(2, "b")], "stream": [101]},
    }
    weibo_items = [weibo.weibo_item(1), weibo.weibo_item(2, retweet=weibo.weibo_item(3))]
    user_header = ["用户id", "昵称", "性别", "所在地", "注册时间", "粉丝数", "是否认证"]
    crawler_rows = [weibo.CRAWLER, weibo.crawler_row(19), weibo.crawler_row(37, **weibo.ORIGINAL)]
    return {
        "search": (WeiboSearch(), "csv", weibo.write(folder / "a.csv", [weibo.SEARCH, weibo.search_row(), weibo.search_row()])),
        "posts": (WeiboCrawler(), "posts", weibo.write(folder / "6666666666.csv", crawler_rows)),
        "users": (WeiboCrawler(), "users", weibo.write(folder / "users.csv", [user_header, ["1", "a", "女", "b", "2011-01-01", "1万", "True"]])),
        "weibo": (WeiboCrawler(), "json", saved.save(folder / "6.json", {"user": weibo.USER, "weibo": weibo_items})),
        "contents": (MediaCrawler(), "weibo contents", mediacrawler.save(folder / "search_contents_1.csv", [note])),
        "lines": (MediaCrawler(), "weibo contents", mediacrawler.save(folder / "search_contents_1.jsonl", [note, note])),
        "comments": (MediaCrawler(), "weibo comments", mediacrawler.save(folder / "search_comments_1.json", [mediacrawler.COMMENT])),
        "statuses": (MastodonFiles(), "statuses", saved.save(folder / "statuses.json", flat)),
        "accounts": (MastodonFiles(), "accounts", saved.save(folder / "account.json", saved.account(3))),
        "topics": (DiscourseFiles(), "topics", saved.save(folder / "topic.json", topic)),
        "topic lists": (DiscourseFiles(), "topics", saved.save(folder / "topics.json", [topic, topic])),
    }  # fmt: skip


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "double"]),
        st.floats(0, 1),
        st.sampled_from([b"\x00", b'"', b",", b"\n", b"[", b"}", b"\xff", b"\\ud800", b"null", b"1e999", b"-1", "中".encode("gbk"), b"9" * 40]),
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


def damaged(body: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    """The bytes after some accidents."""
    for kind, where, piece in edits:
        at = int(where * len(body))
        if kind == "flip":
            body = body[:at] + piece[:1] + body[at + 1 :]
        elif kind == "cut":
            body = body[:at] + body[at + len(piece) * 3 :]
        elif kind == "insert":
            body = body[:at] + piece + body[at:]
        else:
            body = body[:at] + body[at // 2 :]
    return body


def read(importer: FolderImporter, kind: str, path: Path) -> None:
    """Read a file as this kind, whatever it looks like, and check that what comes fits the gate."""
    try:
        importer.recognises(path)
        for part in importer.read_file(path, kind, OPTIONS, Seen()):
            if isinstance(part.rows, RawFrames):
                for name in FRAMES:
                    frame = getattr(part.rows, name)
                    if frame is not None:
                        fitted(name, frame)
            else:
                assert isinstance(part.rows, RawRows)
            for reject in part.rows.rejects:
                assert reject["reason"]
    except BadInputError:  # of a file that can't be read at all
        pass


@pytest.mark.parametrize("name", NAMES)
@given(edits=EDITS, packed=st.booleans())
def test_no_damaged_file_makes_a_reader_fail(
    tmp_path_factory: pytest.TempPathFactory, name: str, edits: list[tuple[str, float, bytes]], packed: bool
) -> None:
    importer, kind, path = samples(tmp_path_factory.mktemp("m"))[name]
    assert importer.kind_of(path) == kind
    body = damaged(path.read_bytes(), edits)
    path.write_bytes(damaged(gzip.compress(body), edits[:1]) if packed else body)
    read(importer, kind, path)


# Names of tables and columns that are no UTF-8.
@example(edits=[("double", 0.75, b"\0"), ("flip", 0.05519274173870327, b"\xd6\xd0")])
@example(edits=[("double", 0.75, b"\0"), ("flip", 0.0546875, b"\xd6\xd0")])
@given(edits=EDITS)
def test_no_damaged_database_makes_a_reader_fail(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, float, bytes]]
) -> None:
    path = tmp_path_factory.mktemp("m") / "x.db"
    with sqlite3.connect(path) as base:
        base.execute("create table user (id, nick_name, follower_count)")
        base.execute("insert into user values (1, x'ff', 1.5)")
        base.execute(
            "create table weibo (id, user_id, screen_name, text, created_at, attitudes_count, edited, retweet_id)"
        )
        base.executemany(
            "insert into weibo values (?, 1, 'a', ?, '2024-05-01 10:00', 1, 0, '')",
            [(n, "文" * 50) for n in range(200)],
        )
    path.write_bytes(damaged(path.read_bytes(), edits))
    tables_of(path)
    read(WeiboCrawler(), "sqlite", path)
    read(WeiboSearch(), "sqlite", path)


@given(edits=EDITS)
def test_no_damaged_hot_list_makes_its_reader_fail(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, float, bytes]]
) -> None:
    path = tmp_path_factory.mktemp("m") / "questions.jsonl"
    line = {
        "date": "2024-04-22",
        "rank": 1,
        "question_id": "9",
        "title": "题",
        "excerpt": "x",
        "heat": "46 万热度",
    }
    path.write_bytes(damaged(json.dumps(line, ensure_ascii=False).encode() + b"\n", edits))
    try:
        ZhihuHot().recognises(path)
        for part in ZhihuHot().read(path, OPTIONS):
            assert isinstance(part.rows, RawFrames)
            if part.rows.keywords is not None:
                fitted("keywords", part.rows.keywords)
    except BadInputError:  # of a file that can't be read at all
        pass


ROWS = {
    "posts": {"native_id": "1", "author_native_id": "7", "created_at": "2024-05-01 10:00", "text": "露营", "likes": "3"},
    "accounts": {"native_id": "7", "handle": "amy", "followers_count": "1.2万", "verified": "是", "registered_at": "2020"},
    "edges": {"src_native_id": "7", "dst_native_id": "8", "at": "1714500000"},
    "keywords": {"term": "露营", "at": "2024-05-01", "volume": "1,200", "related": "帐篷,天幕"},
    "touchpoints": {"customer_id": "c1", "at": "2024-05-01T10:00:00+08:00", "amount": "¥9.5", "what": "帐篷"},
}  # fmt: skip


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@given(edits=EDITS, table=st.sampled_from(sorted(ROWS)))
def test_no_damaged_table_makes_its_reader_fail(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, edits: list[tuple[str, float, bytes]], table: str
) -> None:
    path = tmp_path_factory.mktemp("m") / f"rows.{suffix}"
    frame = pl.DataFrame([ROWS[table]] * 3)
    getattr(frame, {"csv": "write_csv", "jsonl": "write_ndjson", "parquet": "write_parquet"}[suffix])(path)
    path.write_bytes(damaged(path.read_bytes(), edits))
    try:
        for part in Table().read(path, replace(OPTIONS, table=table)):
            assert isinstance(part.rows, RawFrames)
            rows = getattr(part.rows, table)
            if rows is not None:
                fitted(table, rows)
            for reject in part.rows.rejects:
                assert reject["reason"]
    except BadInputError:  # of a file that can't be read at all
        pass


@given(edits=EDITS, which=st.sampled_from(["hourly.tsv.gz", "topics.jsonl.gz"]), packed=st.booleans())
def test_no_damaged_archive_of_hot_searches_makes_its_reader_fail(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, float, bytes]], which: str, packed: bool
) -> None:
    folder = importers.archive(tmp_path_factory.mktemp("m"), "\n".join(importers.HOURS).encode())
    body = (folder / which).read_bytes()
    body = damaged(body, edits) if packed else gzip.compress(damaged(gzip.decompress(body), edits))
    (folder / which).write_bytes(body)
    try:
        WeiboHot().recognises(folder)
        for part in WeiboHot().read(folder, OPTIONS):
            assert isinstance(part.rows, RawFrames)
            if part.rows.keywords is not None:
                fitted("keywords", part.rows.keywords)
    except BadInputError:  # of a file that can't be read at all
        pass


@settings(max_examples=15)
@given(edits=EDITS)
def test_no_damaged_file_of_links_makes_its_import_fail(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, float, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("m")
    home = Home(folder / "home")
    add_policy(home, policy("micro", "http://127.0.0.1:9", "mastodon"))
    lines = ["customer_id,source,native_id,handle", *(f"c{n},micro,{n},amy" for n in range(4))]
    path = folder / "links.csv"
    path.write_bytes(damaged("\n".join(lines).encode(), edits))
    with contextlib.suppress(BadInputError, NoPolicyError):  # of a file that can't be read at all
        [report] = import_files(home, [path], "links")
        assert report.status in ("ok", "empty", "truncated")


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('ab"\\[]{},:é', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('ab"\\{[', max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    items=st.lists(st.dictionaries(st.text("xy", max_size=2), JSON, max_size=3), max_size=5),
    size=st.integers(1, 20),
)
def test_members_are_the_items_wherever_blocks_end(
    tmp_path_factory: pytest.TempPathFactory, items: list[dict[str, Any]], size: int
) -> None:
    path = tmp_path_factory.mktemp("j") / "x.json"
    for body, key in ((items, ""), ({"first": {"a": 1}, "s": "list", "list": items, "n": 1}, "list")):
        path.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2))
        found = list(members(path, size))
        assert found[-1] == End()
        inside = [one for one in found if isinstance(one, Member) and one.key == key]
        assert [orjson.loads(one.raw) for one in inside] == items
        assert all(one.is_container for one in inside)
    assert first_keys(orjson.dumps(items)) == frozenset(items[0] if items else ())
