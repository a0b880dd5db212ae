"""Files of MediaCrawler: three sites, layouts before and since July 2026, three kinds of file."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.importers import run
from crawlers.importers.base import Options
from privacy.errors import BadInputError
from privacy.home import Home
from tests.crawlers.import_lab import Kept, allow, take

NOTE = {
    "note_id": "5000000000000001", "content": "新车提了，续航四百", "create_time": 1714500000,
    "create_date_time": "2024-05-01 02:00:00", "liked_count": "1.5万", "comments_count": "20", "shared_count": "3",
    "last_modify_ts": 1714600000000, "note_url": "https://m.weibo.cn/detail/5000000000000001", "source_keyword": "新能源",
}  # fmt: skip
NEW = {"creator_hash": hashlib.sha256(b"77").hexdigest()[:16], "nickname": "车***"}
OLD = {
    "user_id": "77", "nickname": "车迷小李", "gender": "m", "profile_url": "https://weibo.com/u/77", "avatar": "",
    "ip_location": "发布于 浙江",
}  # fmt: skip
COMMENT = {
    "comment_id": "5000000000000001", "create_time": 1714503600, "note_id": "5000000000000001", "content": "落地多少钱",
    "sub_comment_count": "0", "comment_like_count": "4", "parent_comment_id": "", "creator_hash": "ab" * 8, "nickname": "*",
}  # fmt: skip


def save(path: Path, items: list[Any]) -> Path:
    """In the form that the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(items[0]))
            writer.writeheader()
            writer.writerows(items)
    elif path.suffix == ".json":
        path.write_text(json.dumps(items, ensure_ascii=False, indent=4), "utf-8")
    else:
        path.write_text("\n".join(json.dumps(item, ensure_ascii=False) for item in items), "utf-8")
    return path


@pytest.fixture
def home(home: Home) -> Home:
    for site in ("weibo", "tieba", "zhihu"):
        allow(home, site, site)
    return home


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl"])
def test_weibo_since_july_2026(tmp_path: Path, home: Home, suffix: str) -> None:
    folder = tmp_path / "data" / "weibo" / suffix
    save(folder / f"search_contents_2026-08-01.{suffix}", [{**NOTE, **NEW}])
    under = {
        **COMMENT,
        "comment_id": "9",
        "parent_comment_id": COMMENT["comment_id"],
        "creator_hash": "cd" * 8,
    }
    save(folder / f"search_comments_2026-08-01.{suffix}", [COMMENT, under])
    report = take(home, tmp_path / "data")
    assert (report.spider, report.source, report.rejected) == ("mediacrawler", "weibo", {})
    kept = Kept(home, "weibo")
    author = kept.account("hash:" + NEW["creator_hash"])
    post = kept.post("5000000000000001")
    assert (post["account_id"], post["likes"], post["replies"], post["reposts"]) == (author, 15_000, 20, 3)
    assert (post["created_at"], post["board"]) == (datetime(2024, 4, 30, 18, tzinfo=UTC), "新能源")
    assert set(kept.handles.values()) == {None}, "a masked nickname is nobody's"
    first, second = kept.account("hash:" + "ab" * 8), kept.account("hash:" + "cd" * 8)
    assert kept.edge("reply") == {(first, author), (second, first)}
    assert kept.post("comment:9")["likes"] == 4


def test_weibo_before_july_2026(tmp_path: Path, home: Home) -> None:
    folder = tmp_path / "weibo" / "csv"
    save(folder / "creator_contents_2025-01-01.csv", [{**NOTE, **OLD}])
    creator = {
        "user_id": "77", "nickname": "车迷小李", "gender": "Male", "avatar": "", "desc": "开车上班", "ip_location": "浙江",
        "follows": "12", "fans": "3.2万", "tag_list": "", "last_modify_ts": 1,
    }  # fmt: skip
    save(folder / "creator_creators_2025-01-01.csv", [creator])
    take(home, tmp_path)
    kept = Kept(home, "weibo")
    assert kept.post("5000000000000001")["account_id"] == kept.account("77")
    assert kept.handles["77"] == "车迷小李"
    profile = kept.profile("77")
    assert (profile["followers_count"], profile["following_count"]) == (32_000, 12)
    assert (profile["gender"], profile["region"], profile["bio"]) == ("m", "浙江", "开车上班")


def test_a_post_of_an_older_file_tells_of_its_author_in_passing(tmp_path: Path, home: Home) -> None:
    take(home, save(tmp_path / "search_contents_2025-01-01.jsonl", [{**NOTE, **OLD}]))
    profile = Kept(home, "weibo").profile("77")
    assert (profile["gender"], profile["region"], profile["followers_count"]) == ("m", "浙江", None)


def test_tieba_new_and_old(tmp_path: Path, home: Home) -> None:
    note = {
        "note_id": "8000000001", "title": "这款耳机值不值", "desc": "用了一周，低音可以", "publish_time": "2024-05-03 21:30",
        "note_url": "https://tieba.baidu.com/p/8000000001", "user_nickname": "木***", "creator_hash": "ee" * 8,
        "tieba_name": "耳机吧", "tieba_link": "https://tieba.baidu.com/f?kw=x", "total_replay_num": 45,
        "total_replay_page": 2, "source_keyword": "耳机", "last_modify_ts": 1,
    }  # fmt: skip
    old = {key: value for key, value in note.items() if key != "creator_hash"} | {
        "note_id": "8000000002", "user_nickname": "木耳", "user_link": "https://tieba.baidu.com/home/main?id=tb.1.abc&fr=pb",
        "ip_location": "四川",
    }  # fmt: skip
    reply = {
        "comment_id": "8000000001", "parent_comment_id": "", "content": "值", "creator_hash": "ff" * 8, "user_nickname": "a",
        "publish_time": "2024-05-03 22:00", "sub_comment_count": 1, "note_id": "8000000001", "note_url": "", "tieba_id": "1",
        "tieba_name": "耳机吧", "tieba_link": "",
    }  # fmt: skip
    folder = tmp_path / "tieba" / "jsonl"
    save(folder / "search_contents_2026-08-01.jsonl", [note, old])
    save(folder / "search_comments_2026-08-01.jsonl", [reply])
    report = take(home, tmp_path)
    assert (report.source, report.rejected) == ("tieba", {})
    kept = Kept(home, "tieba")
    post = kept.post("8000000001")
    assert (post["title"], post["board"], post["replies"]) == ("这款耳机值不值", "耳机吧", 45)
    assert post["text"] == "用了一周，低音可以", "the comment of the same number is a post of its own"
    assert post["created_at"] == datetime(2024, 5, 3, 13, 30, tzinfo=UTC)
    assert kept.post("8000000002")["account_id"] == kept.account("tb.1.abc")
    assert kept.handles["tb.1.abc"] == "木耳"
    assert kept.edge("reply") == {(kept.account("hash:" + "ff" * 8), kept.account("hash:" + "ee" * 8))}


def test_zhihu_numbers_answers_and_articles_apart(tmp_path: Path, home: Home) -> None:
    answer = {
        "content_id": "300", "content_type": "answer", "content_text": "先看预算再看用途", "question_id": "1", "title": "怎么选相机",
        "content_url": "https://www.zhihu.com/question/1/answer/300", "desc": "", "created_time": 1714500000,
        "updated_time": 1714500000, "voteup_count": 66, "comment_count": 5, "source_keyword": "相机",
        "creator_hash": "aa" * 8, "user_nickname": "某***",
    }  # fmt: skip
    article = answer | {"content_type": "article", "content_text": "入门三件套", "creator_hash": "bb" * 8}
    comment = {
        "comment_id": "300", "parent_comment_id": "0", "content": "学到了", "publish_time": 1714503600,
        "sub_comment_count": 0, "like_count": 2, "dislike_count": 0, "content_id": "300", "content_type": "article",
        "creator_hash": "cc" * 8, "user_nickname": "b",
    }  # fmt: skip
    save(tmp_path / "zhihu" / "json" / "search_contents_2026-08-01.json", [answer, article])
    save(tmp_path / "zhihu" / "json" / "search_comments_2026-08-01.json", [comment])
    take(home, tmp_path)
    kept = Kept(home, "zhihu")
    assert len(kept.posts) == 3
    assert (kept.post("answer:300")["likes"], kept.post("answer:300")["text"]) == (66, "先看预算再看用途")
    assert kept.edge("reply") == {(kept.account("hash:" + "cc" * 8), kept.account("hash:" + "bb" * 8))}


def test_a_folder_of_several_sites_is_a_run_a_site(tmp_path: Path, home: Home) -> None:
    save(tmp_path / "data" / "weibo" / "json" / "search_contents_2026-08-01.json", [{**NOTE, **NEW}])
    zhihu = {
        "content_id": "1",
        "content_type": "answer",
        "voteup_count": 1,
        "creator_hash": "aa" * 8,
        "created_time": 1714500000,
    }
    save(tmp_path / "data" / "zhihu" / "json" / "search_contents_2026-08-01.json", [zhihu])
    save(
        tmp_path / "data" / "xhs" / "json" / "search_contents_2026-08-01.json",
        [{"note_id": "1", "xsec_token": "x"}],
    )
    reports = run.import_files(home, [tmp_path / "data"])
    assert [(report.source, report.counts["rows"] > 0) for report in reports] == [
        ("weibo", True),
        ("zhihu", True),
    ]
    assert "xhs" in reports[0].message
    with pytest.raises(BadInputError, match="one --source can't be all"):
        run.import_files(home, [tmp_path / "data"], None, Options(source="weibo"))


def test_rows_without_what_they_need_are_kept_whole(tmp_path: Path, home: Home) -> None:
    items = [
        {**NOTE, **NEW},
        {**NOTE, **NEW, "note_id": "", "content": "没有号"},
        {**NOTE, "note_id": "3"},
        {**NOTE, **NEW, "note_id": "4", "create_time": 0, "create_date_time": ""},
        [1],
    ]
    file = save(tmp_path / "search_contents_2026-08-01.jsonl", items)
    file.write_bytes(
        file.read_bytes() + b'\n{"note_id": "5", "content": "\\ud800"}\n{broken\n' + "坏".encode("gbk")
    )
    report = take(home, file)
    assert report.counts["rejected"] == 7
    assert report.rejected["the row has neither user_id nor creator_hash"] == 1
    refused = [row["row"] for row in Kept(home, "weibo").rejects]
    assert any(
        "没有号" in json.dumps(json.loads(row), ensure_ascii=False) for row in refused if row.startswith('{"')
    )
    assert "{broken" in refused


def test_a_json_array_that_breaks_off_gives_what_stands_before(tmp_path: Path, home: Home) -> None:
    file = save(
        tmp_path / "search_contents_2026-08-01.json", [{**NOTE, **NEW, "note_id": str(n)} for n in range(50)]
    )
    file.write_bytes(file.read_bytes()[:-2000])
    report = take(home, file)
    assert report.status == "truncated"
    assert "breaks off" in report.message
    assert 30 < len(Kept(home, "weibo").posts) < 50
