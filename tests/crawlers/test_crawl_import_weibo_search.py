"""Files of weibo-search, with the traps of each."""

from __future__ import annotations

import gzip
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from lake.store import Lake
from privacy.home import Home
from tests.crawlers.import_lab import Kept, take
from tests.crawlers.weibo_files import SEARCH, SEARCH_ITEMS, home, search_row, write

__all__ = ["home"]


def test_weibo_search_columns_and_their_order(tmp_path: Path, home: Home) -> None:
    file = write(
        tmp_path / "结果文件" / "露营" / "露营.csv",
        [
            SEARCH,
            search_row(艾特用户="老王,阿珍", 话题="露营,帐篷", 转发数="1.2万", 点赞数="3,456"),
            search_row(id="2", user_id="2222222222", 用户昵称="户外店", user_authentication="蓝V", ip="上海"),
        ],
    )
    report = take(home, file)
    assert "Read as weibo-search. Under the policy entry of weibo." in report.message
    kept = Kept(home, "weibo")
    post = kept.post("4900000000000001")
    assert (post["reposts"], post["replies"], post["likes"]) == (12_000, 2, 3_456)
    assert post["created_at"] == datetime(2024, 5, 1, 12, 15, tzinfo=UTC), "local times are UTC+8"
    assert post["board"] == "露营", "the keyword stands in the path alone"
    assert post["hashtags"] == ["露营", "帐篷"]
    assert post["account_id"] == kept.account("1111111111")
    assert kept.handles["1111111111"] == "山里来的"
    shop = kept.profile("2222222222")
    assert (shop["kind"], shop["verified"], shop["region"], shop["public"]) == (
        "organisation",
        True,
        "上海",
        True,
    )
    assert kept.account("1111111111") not in kept.accounts, (
        "a row that tells nothing of its author makes no account"
    )


def test_weibo_search_originals_are_rows_of_their_own(tmp_path: Path, home: Home) -> None:
    rows = [SEARCH, search_row(id="10", user_id="3333"), search_row(id="11", user_id="4444", retweet_id="10")]
    take(home, write(tmp_path / "a.csv", rows))
    kept = Kept(home, "weibo")
    assert kept.post("11")["kind"] == "repost"
    assert kept.post("11")["repost_of_id"] == kept.post_id("10")
    assert kept.edge("repost") == {(kept.account("4444"), kept.account("3333"))}


def test_nicknames_in_a_list_are_the_people_of_the_text(tmp_path: Path, home: Home) -> None:
    rows = [
        SEARCH,
        search_row(id="1", user_id="8888", 用户昵称="老王"),
        search_row(id="2", user_id="9999", 微博正文="谢谢@老王 和@没见过的", 艾特用户="老王,没见过的"),
    ]
    take(home, write(tmp_path / "a.csv", rows))
    kept = Kept(home, "weibo")
    known, unknown = kept.account("8888"), kept.account("没见过的")
    assert kept.post("2")["text"] == f"谢谢@{known} 和@{unknown}"
    assert kept.edge("mention") == {(kept.account("9999"), known), (kept.account("9999"), unknown)}


def test_gbk_ragged_rows_and_columns_of_other_versions(tmp_path: Path, home: Home) -> None:
    header = [name for name in SEARCH if name not in ("ip", "点赞数")] + ["新列"]
    row = dict(zip(SEARCH, search_row(), strict=True)) | {"新列": "?"}
    whole = [row[name] for name in header]
    short = ["5", *whole[1:11], "2024-05-02 08:00"]
    file = write(tmp_path / "旅行.csv", [header, whole, short], "gb18030")
    report = take(home, file)
    assert (report.status, report.counts["rejected"]) == ("ok", 0)
    kept = Kept(home, "weibo")
    assert kept.post("5")["text"] == "周末去露营，帐篷买大了"
    assert kept.post("5")["created_at"] == datetime(2024, 5, 2, tzinfo=UTC)
    completeness = json.loads(Lake(home).read("runs").row(0, named=True)["completeness"])
    assert (completeness["posts.likes"], completeness["posts.reposts"]) == (0.0, 1.0), "a lost column shows"


def test_bad_rows_are_refused_as_the_file_has_them(tmp_path: Path, home: Home) -> None:
    rows = [
        SEARCH,
        search_row(),
        search_row(id="", 微博正文="没有号"),
        search_row(id="4.9E+15", 微博正文="被表格软件舍入"),
        search_row(id="7", user_id=""),
        search_row(id="8", 发布时间="昨天"),
        search_row(id="9", 发布时间="1970-01-01 08:00"),
        search_row(id="10", 发布时间="2099-01-01 08:00"),
        search_row(id="11", 微博正文="长" * 100_001),
    ]
    report = take(home, write(tmp_path / "a.csv", rows))
    assert report.counts["rejected"] == 7
    assert report.rejected == {
        "the row has no post id, or one that a spreadsheet has rounded": 2,
        "the row has no user id, or one that a spreadsheet has rounded": 1,
        "the row has no time that can be read": 1,
        "created_at is before 2000 or in the future": 2,
        "text is longer than 100000 characters": 1,
    }
    kept = Kept(home, "weibo")
    refused = {row["reason"]: row for row in kept.rejects}
    assert '"昨天"' in json.dumps(
        json.loads(refused["the row has no time that can be read"]["row"]), ensure_ascii=False
    )
    assert refused["the row has no time that can be read"]["account_id"] == kept.account("1111111111")
    assert list(kept.posts) == [kept.post_id("4900000000000001")]


def test_a_strange_column_that_has_a_known_name_does_no_harm(tmp_path: Path, home: Home) -> None:
    rows = [[*SEARCH, "text", "likes"], [*search_row(), "?", "x"]]
    take(home, write(tmp_path / "a.csv", rows))
    assert Kept(home, "weibo").post("4900000000000001")["text"] == "周末去露营，帐篷买大了"


def test_control_characters_go_and_the_latest_of_an_id_stays(tmp_path: Path, home: Home) -> None:
    rows = [SEARCH, search_row(微博正文="第一版\x00\x07"), search_row(微博正文="第二版\x1b好")]
    take(home, write(tmp_path / "a.csv", rows))
    assert Kept(home, "weibo").post("4900000000000001")["text"] == "第二版好"


def test_a_gzip_that_breaks_off(tmp_path: Path, home: Home) -> None:
    rows = [
        SEARCH,
        *(search_row(id=str(number), 微博正文=f"第{number * 7919 % 10007}天") for number in range(1, 3001)),
    ]
    whole = gzip.compress(write(tmp_path / "露营.csv", rows).read_bytes())
    (tmp_path / "露营.csv.gz").write_bytes(whole[: len(whole) // 2])
    report = take(home, tmp_path / "露营.csv.gz")
    assert report.status == "truncated"
    kept = Kept(home, "weibo")
    assert 500 < len(kept.posts) < 3000
    assert {post["board"] for post in kept.posts.values()} == {"露营"}


def test_weibo_search_sqlite(tmp_path: Path, home: Home) -> None:
    file = tmp_path / "weibo.db"
    with sqlite3.connect(file) as base:
        base.execute(f"create table weibo ({', '.join(SEARCH_ITEMS)})")
        row = dict(zip(SEARCH_ITEMS, search_row(id="21", 转发数="7"), strict=True))
        base.execute(f"insert into weibo values ({', '.join('?' * len(row))})", list(row.values()))
    report = take(home, file)
    assert report.spider == "weibo-search"
    assert Kept(home, "weibo").post("21")["reposts"] == 7
