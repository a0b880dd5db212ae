"""Saved answers of Mastodon and Discourse servers, Zhihu's hot list, and JSON files as such."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from crawlers.importers.base import Options
from crawlers.importers.json_files import read_items, shape_of, text_frame
from crawlers.importers.run import import_files
from crawlers.importers.sqlite_files import read_table, tables_of
from crawlers.importers.values import counts, moments
from lake.store import Lake
from privacy.errors import BadInputError
from privacy.home import Home
from tests.crawlers.import_lab import Kept, allow, take

REAL = Path(__file__).parents[3] / "shared" / "data" / "zhihu_hot_daily"


def save(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    return path


def account(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number), "username": f"user{number}", "acct": f"user{number}", "display_name": f"U{number}", "note": "<p>你好</p>",
        "indexable": True, "discoverable": True, "noindex": False, "followers_count": number, "statuses_count": 3,
    } | more  # fmt: skip


def status(number: int, by: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": str(number), "uri": f"https://m.test/{number}", "created_at": "2024-05-01T08:00:00.000Z", "account": by,
        "content": "<p>今天种了番茄</p>", "visibility": "public", "mentions": [], "tags": [{"name": "园艺"}],
        "favourites_count": 2, "replies_count": 1, "reblogs_count": 0, "in_reply_to_id": None, "reblog": None,
    } | more  # fmt: skip


def test_saved_timelines_of_mastodon(tmp_path: Path, home: Home) -> None:
    allow(home, "micro", "mastodon")
    boost = status(3, account(2), reblog=status(1, account(1)), content="")
    hidden = status(4, account(9, noindex=True))
    save(tmp_path / "s" / "timeline.json", [status(1, account(1)), boost, hidden, {"id": "5"}, "?"])
    save(tmp_path / "s" / "account.json", account(7, followers_count=70))
    save(tmp_path / "s" / "following.json", [account(8)])
    day = {"day": "1714521600", "uses": "12", "accounts": "9"}
    save(tmp_path / "s" / "trends.json", [{"name": "园艺", "url": "", "history": [day]}])
    save(
        tmp_path / "s" / "search.json",
        {"accounts": [account(6)], "statuses": [status(60, account(6))], "hashtags": []},
    )
    save(tmp_path / "s" / "instance.json", {"uri": "m.test", "title": "x"})
    report = take(home, tmp_path / "s")
    assert report.spider == "mastodon"
    assert "Skipped 1 file of no known kind: instance.json." in report.message
    kept = Kept(home, "micro")
    assert kept.post("1")["text"] == "今天种了番茄"
    assert kept.edge("repost") == {(kept.account("2"), kept.account("1"))}
    assert kept.account("9") not in kept.accounts, "noindex: nothing is stored"
    assert kept.post_id("4") not in kept.posts
    assert {kept.account(str(n)) for n in (1, 2, 6, 7, 8)} == set(kept.accounts)
    assert kept.profile("7")["followers_count"] == 70
    assert Lake(home).read("keywords")["volume"].to_list() == [12.0]
    assert report.counts["rejected"] == 2


def post(number: int, by: str, **more: Any) -> dict[str, Any]:
    return {
        "id": 100 + number, "username": by, "created_at": "2024-05-02T09:00:00.000Z", "cooked": "<p>路由器怎么选</p>",
        "post_number": number, "post_type": 1, "topic_id": 5, "reply_count": 0, "actions_summary": [{"id": 2, "count": 3}],
    } | more  # fmt: skip


def test_saved_answers_of_discourse(tmp_path: Path, home: Home) -> None:
    allow(home, "forum", "discourse", "https://forum.test/")
    posts = [post(1, "Ann"), post(2, "bob", reply_to_post_number=1), post(3, "secret")]
    topic = {
        "id": 5, "title": "求推荐", "category_id": 4, "tags": [{"id": 1, "name": "网络", "slug": "n"}],
        "post_stream": {"posts": posts, "stream": [101, 102, 103]},
    }  # fmt: skip
    folder = tmp_path / "t"
    save(folder / "5.json", topic)
    save(folder / "5-more.json", {"post_stream": {"posts": [post(4, "cid")]}})
    save(
        folder / "posts.json",
        {"latest_posts": [post(1, "dee", id=900, topic_id=6, topic_title="新帖", category_id=4)]},
    )
    save(
        folder / "u" / "secret.json",
        {"user_badges": [], "user": {"id": 3, "username": "secret", "profile_hidden": True}},
    )
    save(
        folder / "u" / "ann.json",
        {"user": {"id": 1, "username": "Ann", "location": "厦门", "created_at": "2020-01-01T00:00:00Z"}},
    )
    for name in ("bob", "cid", "Dee"):
        save(folder / "u" / f"{name}.json", {"user": {"id": 9, "username": name}})
    save(folder / "categories.json", {"category_list": {"categories": [{"id": 4, "name": "数码"}]}})
    latest = {
        "users": [{"id": 8, "username": "Eve"}, {"id": 3, "username": "secret"}],
        "topic_list": {"topics": []},
    }
    save(folder / "latest.json", latest)
    save(folder / "empty.json", {"post_stream": {"posts": []}})
    report = take(home, folder)
    assert report.spider == "discourse"
    kept = Kept(home, "forum")
    first = kept.post("101")
    assert (first["title"], first["board"], first["hashtags"], first["likes"]) == (
        "求推荐",
        "数码",
        ["网络"],
        3,
    )
    assert kept.post("104")["account_id"] == kept.account("cid")
    assert (kept.post("900")["title"], kept.post("900")["board"]) == ("新帖", "数码")
    assert kept.edge("reply") == {(kept.account("bob"), kept.account("ann"))}
    assert kept.post_id("103") not in kept.posts, (
        "a hidden profile is left out, whatever file tells of it first"
    )
    assert kept.profile("ann")["region"] == "厦门"
    assert kept.account("eve") not in kept.accounts, "her page is not among the files"
    assert kept.account("secret") not in kept.accounts
    urls = Lake(home).read("names").filter(pl.col("native_id") == "101")["url"].to_list()
    assert urls == ["https://forum.test/t/5/1"]
    assert report.rejected == {"the posts don't say which topic they are of": 1}


def test_without_the_authors_pages_posts_of_discourse_are_refused(tmp_path: Path, home: Home) -> None:
    allow(home, "forum", "discourse", "https://forum.test/")
    save(tmp_path / "t" / "5.json", {"id": 5, "title": "求推荐", "post_stream": {"posts": [post(1, "ann")]}})
    save(tmp_path / "t" / "lines.jsonl", {"id": 6, "title": "二", "post_stream": {"posts": [post(2, "bob")]}})
    save(tmp_path / "t" / "latest.json", {"users": [{"username": "eve"}], "topic_list": {"topics": []}})
    report = take(home, tmp_path / "t")
    kept = Kept(home, "forum")
    assert (kept.posts, kept.accounts) == ({}, {})
    assert report.counts["rejected"] == len(kept.rejects) == 2
    assert "/u/name.json" in report.message
    assert {row["account_id"] for row in kept.rejects} == {kept.account("ann"), kept.account("bob")}, (
        "erasure finds them"
    )
    options = Options(profiles_checked=True)
    [report] = import_files(home, [tmp_path / "t"], "discourse", options)
    kept = Kept(home, "forum")
    assert (report.status, set(kept.posts)) == ("ok", {kept.post_id("101"), kept.post_id("102")})
    assert kept.account("eve") in kept.accounts


@pytest.mark.parametrize("text", ["<html>", "[]", "[[[[[[", '{"x": 1}', "\x00"])
def test_files_that_hold_no_answer(tmp_path: Path, home: Home, text: str) -> None:
    allow(home, "micro", "mastodon")
    file = tmp_path / "a.json"
    file.write_text(text)
    with pytest.raises(BadInputError, match="can't be told"):
        take(home, file)
    with pytest.raises(BadInputError, match="holds no file that mastodon writes"):
        take(home, file, "mastodon")


@pytest.mark.parametrize("name", ["pages.json", "pages.jsonl", "one after another.json"])
def test_pages_that_were_saved_as_they_came(tmp_path: Path, home: Home, name: str) -> None:
    allow(home, "micro", "mastodon")
    deep = f"{'[' * 500}{']' * 500}"
    texts = [json.dumps([status(1, account(1)), status(2, account(2))]), "[]"]
    texts.append(f"[{json.dumps(status(3, account(1)))}, 5, {deep}]")
    body = f"[{','.join(texts)}]" if name == "pages.json" else "\n".join(texts)
    (tmp_path / name).write_text(body)
    report = take(home, tmp_path / name)
    kept = Kept(home, "micro")
    assert set(kept.posts) == {kept.post_id(number) for number in "123"}
    assert (
        "the item is no object" in report.rejected
        or "the line is no object" in report.rejected
        or "one" in name
    )


def test_deep_nesting_and_surrogates_are_refused_and_the_rest_goes_on(tmp_path: Path, home: Home) -> None:
    allow(home, "micro", "mastodon")
    deep = "[" * 100_000 + "]" * 100_000
    good = json.dumps(status(1, account(1)))
    odd = good.replace('"1"', '"2"', 1).replace("<p>", "\\ud800<p>")
    nested = good.replace('"1"', '"3"', 1).replace('"tags": [', f'"tags": [{deep}, ')
    (tmp_path / "s.json").write_text(f"[{odd}, {nested}, {deep}, {good}]")
    report = take(home, tmp_path / "s.json")
    kept = Kept(home, "micro")
    assert kept.post_id("1") in kept.posts
    assert (report.status, report.counts["rejected"]) == ("ok", 3)
    assert len(kept.posts) == 1


def test_zhihu_hot_days_are_snapshots(tmp_path: Path, home: Home) -> None:
    good = {
        "date": "2024-04-22",
        "rank": 1,
        "question_id": "9",
        "title": "为什么都在骑车",
        "excerpt": "联系13800138000",
        "heat": "4606 万热度",
    }
    lines = [
        good,
        good | {"rank": 2, "title": "第二", "heat": "暂无"},
        good | {"date": "2024-13-01"},
        good | {"title": ""},
        good | {"rank": None},
    ]
    body = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n{"
    (tmp_path / "questions.jsonl.gz").write_bytes(gzip.compress(body.encode()))
    report = take(home, tmp_path)
    assert "Read as zhihu-hot. Added the policy entry [zhihu-hot]" in report.message
    rows = Lake(home).read("keywords").sort("rank").to_dicts()
    assert [(row["term"], row["volume"], row["grain"]) for row in rows] == [
        ("为什么都在骑车", 46_060_000.0, "day"),
        ("第二", None, "day"),
    ]
    assert rows[0]["at"] == datetime(2024, 4, 21, 16, tzinfo=UTC), "a day in Shanghai"
    assert rows[0]["description"] == "联系[手机]"
    runs = Lake(home).read("runs").filter(pl.col("kind") == "snapshot")
    assert runs["rows"].to_list() == [2]
    assert report.counts["rejected"] == 4


@pytest.mark.skipif(not REAL.exists(), reason="the shared data folder is not beside the checkout")
def test_the_real_archive_is_imported_whole(home: Home) -> None:
    report = take(home, REAL)
    assert (report.counts["rows"], report.counts["rejected"]) == (73_238, 0)
    assert Lake(home).read("runs").filter(pl.col("kind") == "snapshot").height == 1_580
    heat = Lake(home).read("keywords", ["volume"])["volume"]
    assert heat.null_count() < 0.03 * len(heat), "a heat that the site was still counting"


def test_a_long_json_array_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    def peak(items: int) -> int:
        file = tmp_path / f"{items}.json"
        with file.open("w") as out:
            out.write("[" + ",".join(json.dumps({"id": n, "text": "x" * 500}) for n in range(items)) + "]")
        tracemalloc.start()
        assert sum(len(part.items) for part in read_items(file, "posts", batch=500)) == items
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(20_000) < 1.5 * peak(5_000)


def test_the_look_at_a_json_file(tmp_path: Path) -> None:
    assert shape_of(save(tmp_path / "a.json", [{"a": 1, "b": {"c": 2}}, {"d": 1}])).keys == {"a", "b"}
    assert shape_of(save(tmp_path / "b.json", {"user": {"x": 1}, "list": [{"y": 2}]})).keys == {
        "user",
        "list",
    }
    (tmp_path / "c.jsonl").write_text('\ufeff{"a": 1}\n{"b": 2}\n', "utf-8")
    assert shape_of(tmp_path / "c.jsonl").kind == "lines"
    assert shape_of(tmp_path / "c.jsonl").keys == {"a"}
    (tmp_path / "d.json").write_bytes(b"\xff\xd8\xff")
    assert shape_of(tmp_path / "d.json").kind == ""
    frame = text_frame(
        [{"a": 1, "b": True, "c": ["x", "y"], "d": {"e": 1}, "f": "", "g": 2.0}], list("abcdefg")
    )
    assert frame.row(0) == ("1", "true", "x,y", None, None, None, "2")


def test_sqlite_that_is_damaged_says_so(tmp_path: Path) -> None:
    import sqlite3

    file = tmp_path / "x.db"
    with sqlite3.connect(file) as base:
        base.execute("create table t (id, text)")
        base.executemany("insert into t values (?, ?)", [(n, "长" * 200) for n in range(5000)])
    whole = file.read_bytes()
    file.write_bytes(whole[:-100_000] + b"\xff" * 100_000)
    parts = list(read_table(file, "t", batch=100))
    assert parts[-1][1].startswith("table t of x.db breaks off")
    assert 100 <= sum(rows.height for rows, _ in parts) < 5000
    file.write_bytes(b"no database")
    assert tables_of(file) == {}


def test_counts_as_people_see_them() -> None:
    texts = [
        "12",
        "1.2万",
        "3.4亿",
        "1,234",
        "10万+",
        "2.5w",
        "转发",
        "-1",
        "",
        None,
        "1万2",
        "99999999999999999999",
    ]
    assert counts(pl.Series("n", texts)).to_list()[:6] == [12, 12_000, 340_000_000, 1_234, 100_000, 25_000]
    assert counts(pl.Series("n", texts)).to_list()[6:7] == [None]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-01 20:15", datetime(2024, 5, 1, 12, 15, tzinfo=UTC)),
        ("2024-05-01 20:15:30", datetime(2024, 5, 1, 12, 15, 30, tzinfo=UTC)),
        ("2024-05-01T20:15:30", datetime(2024, 5, 1, 12, 15, 30, tzinfo=UTC)),
        ("2024-05-01", datetime(2024, 4, 30, 16, tzinfo=UTC)),
        ("1714565700", datetime(2024, 5, 1, 12, 15, tzinfo=UTC)),
        ("1714565700000", datetime(2024, 5, 1, 12, 15, tzinfo=UTC)),
        ("Wed May 01 20:15:00 +0800 2024", datetime(2024, 5, 1, 12, 15, tzinfo=UTC)),
        ("2024-05-01T20:15:00+0800", datetime(2024, 5, 1, 12, 15, tzinfo=UTC)),
        ("2024-05-01T12:15:00.123Z", datetime(2024, 5, 1, 12, 15, 0, 123_000, tzinfo=UTC)),
        ("2024年5月1日 20:15", datetime(2024, 5, 1, 12, 15, tzinfo=UTC)),
        ("2024年05月01日 20时15分30秒", datetime(2024, 5, 1, 12, 15, 30, tzinfo=UTC)),
        ("2024年5月1日", datetime(2024, 4, 30, 16, tzinfo=UTC)),
        ("2024.5.1 20:15", datetime(2024, 5, 1, 12, 15, tzinfo=UTC)),
        ("20240501", datetime(2024, 4, 30, 16, tzinfo=UTC)),
        ("20240501201530", datetime(2024, 5, 1, 12, 15, 30, tzinfo=UTC)),
        ("20241301", None),
        ("2024年13月1日", None),
        ("昨天 10:00", None),
        ("2024-02-30 10:00", None),
        ("5", None),
        ("", None),
        ("1e300", None),
    ],
)
def test_times_as_files_write_them(text: str, moment: datetime | None) -> None:
    assert moments(pl.Series("t", [text]), "Asia/Shanghai").to_list() == [moment]
    assert moments(pl.Series("t", ["2020-01-01 00:00", text]), "Asia/Shanghai").to_list()[1] == moment


@pytest.mark.parametrize(
    ("format", "entries", "ranks"),
    [
        (
            "weibo-hot",
            [
                {"title": "春游去哪", "url": "/weibo?q=%23%E6%98%A5%E6%B8%B8%23&t=31&band_rank=7&Refer=top"},
                {"title": "新手机发布", "url": "/weibo?q=x&Refer=top"},
            ],
            [7, 2],
        ),
        (
            "zhihu-hot",
            [
                {"query_display": "春游去哪", "real_query": "春游"},
                {"query_display": "新手机发布", "real_query": "x"},
            ],
            [1, 2],
        ),
        (
            "zhihu-hot",
            [
                {"title": "春游去哪", "url": "https://www.zhihu.com/question/1"},
                {"title": "新手机发布", "url": "https://www.zhihu.com/question/2"},
            ],
            [1, 2],
        ),
    ],
    ids=["weibo", "zhihu-searches", "zhihu-questions"],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_hot_lists_by_day(
    tmp_path: Path, home: Home, format: str, entries: list[dict[str, str]], ranks: list[int], packed: bool
) -> None:
    allow(home, "hot", "hotlist", timezone="Asia/Shanghai")
    folder = tmp_path / "archive" / "raw"
    folder.mkdir(parents=True)
    for name, listed in (
        ("2024-05-01", entries),
        ("2024-05-02", [*entries, {"title": ""}, 5]),
        ("2024-13-01", entries),
    ):
        body = json.dumps(listed, ensure_ascii=False).encode()
        path = folder / f"{name}.json{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(body) if packed else body)
    (folder / "notes.json").write_text("{}")
    report = take(home, tmp_path / "archive")
    assert (report.spider, report.source, report.status) == (format, "hot", "truncated")
    assert "2024-13-01" in report.message
    assert "Skipped 1 file of no known kind: notes.json." in report.message
    rows = Lake(home).read("keywords").sort("at", "term").to_dicts()
    assert [row["term"] for row in rows] == ["新手机发布", "春游去哪"] * 2
    assert [row["rank"] for row in rows] == ranks[::-1] * 2
    assert {row["grain"] for row in rows} == {"day"}
    first = datetime(2024, 4, 30, 16, tzinfo=UTC)
    assert [row["at"] for row in rows[::2]] == [first, first + timedelta(days=1)]
    assert report.counts["rejected"] == 2
    snapshots = Lake(home).read("runs").filter(pl.col("kind") == "snapshot")
    assert sorted(snapshots["rows"].to_list()) == [2, 2]
