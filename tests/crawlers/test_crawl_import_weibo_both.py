"""What holds of weibo-search and weibo-crawler together: one post of both, one policy entry for both."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from crawlers.importers import run, weibo_crawler, weibo_search
from crawlers.importers.base import Options
from privacy.errors import NoPolicyError
from privacy.home import Home
from tests.crawlers.import_lab import Kept, allow, take
from tests.crawlers.weibo_files import BASE, SEARCH, crawler_row, home, search_row, write

__all__ = ["home"]


def test_the_same_post_of_two_crawlers_is_one_post(tmp_path: Path, home: Home) -> None:
    take(home, write(tmp_path / "a" / "6666666666.csv", [BASE, crawler_row(18)]))
    same = search_row(id="4800000000000001", user_id="6666666666", 微博正文="后来改过的", ip="四川")
    take(home, write(tmp_path / "跑步.csv", [SEARCH, same]))
    kept = Kept(home, "weibo")
    assert [post["text"] for post in kept.posts.values()] == ["后来改过的"]
    assert len(kept.accounts) == 1


def pack(path: Path) -> None:
    """Replace a file by the same, gzipped."""
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_folder_with_files_of_several_crawlers(tmp_path: Path, home: Home, packed: bool) -> None:
    tree = tmp_path / "saved"
    files = [
        write(tree / "weibo" / "6666666666.CSV", [BASE, crawler_row(18)]),
        write(tree / "weibo" / "users.csv", [["用户id", "昵称"], ["6666666666", "跑步的人"]]),
        write(tree / "结果文件" / "露营.csv", [SEARCH, search_row(话题="")]),
    ]
    note = {
        "note_id": "5000000000000001",
        "content": "好",
        "create_time": 1709600000,
        "note_url": "https://m.weibo.cn/x",
    }
    note |= {"liked_count": "1", "comments_count": "0", "shared_count": "0", "creator_hash": "ab" * 8}
    files.append(tree / "search_contents_2026-08-01.jsonl")
    files[-1].write_text(json.dumps(note), "utf-8")
    (tree / "notes.txt").write_text("x", "utf-8")
    for file in files if packed else ():
        pack(file)
    reports = run.import_files(home, [tree])
    assert {report.spider for report in reports} == {"weibo-search", "weibo-crawler", "mediacrawler"}
    for report in reports:
        assert f"Read as {report.spider}." in report.message
        assert report.message.endswith("Skipped 1 file of no known kind: notes.txt.")
    kept = Kept(home, "weibo")
    assert len(kept.posts) == 3
    assert kept.post("4900000000000001")["board"] == "露营"
    assert kept.post("4800000000000001")["account_id"] == kept.account("6666666666")


def test_what_a_post_tells_in_passing_replaces_no_profile(tmp_path: Path, home: Home) -> None:
    header = ["用户id", "昵称", "所在地", "粉丝数"]
    take(home, write(tmp_path / "users.csv", [header, ["1111111111", "山里来的", "云南", "88"]]))
    take(home, write(tmp_path / "露营.csv", [SEARCH, search_row(ip="北京")]))
    profile = Kept(home, "weibo").profile("1111111111")
    assert (profile["region"], profile["followers_count"]) == ("云南", 88)


def test_without_a_policy_entry_nothing_is_imported(tmp_path: Path) -> None:
    home = Home(tmp_path / "other")
    with pytest.raises(NoPolicyError, match="No policy entry has the kind weibo") as refused:
        take(home, write(tmp_path / "a.csv", [SEARCH, search_row()]))
    assert "renqun sources add NAME --kind weibo" in refused.value.hint
    allow(home, "one", "weibo")
    allow(home, "two", "weibo", timezone="UTC")
    with pytest.raises(NoPolicyError, match="Several"):
        take(home, tmp_path / "a.csv")
    take(home, tmp_path / "a.csv", source="two")
    assert Kept(home, "two").post("4900000000000001")["created_at"] == datetime(
        2024, 5, 1, 20, 15, tzinfo=UTC
    )


def test_readers_give_the_columns_of_raw_rows(tmp_path: Path) -> None:
    from lake.frames import fitted

    file = write(tmp_path / "露营.csv", [SEARCH, search_row(艾特用户="老王")])
    [part] = weibo_search.WeiboSearch().read(file, Options(timezone="Asia/Shanghai"))
    posts = part.rows.posts
    assert isinstance(posts, pl.DataFrame)
    assert fitted("posts", posts)["mentions"].to_list() == [[{"native_id": None, "handle": "老王"}]]
    assert weibo_crawler.WeiboCrawler().kind_of(file) is None
