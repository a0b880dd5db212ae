"""Files of weibo-crawler, with the traps of each."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from privacy.errors import BadInputError
from privacy.home import Home
from tests.crawlers.import_lab import Kept, take
from tests.crawlers.weibo_files import (
    BASE,
    CRAWLER,
    OLD,
    ORIGINAL,
    USER,
    crawler_row,
    home,
    weibo_item,
    write,
)

__all__ = ["home"]


def test_weibo_crawler_csv_ragged_rows_and_an_author_in_the_path(tmp_path: Path, home: Home) -> None:
    file = write(
        tmp_path / "weibo" / "跑步的人" / "6666666666.csv",
        [
            CRAWLER,
            crawler_row(len(BASE) + 1, 是否原创="True"),
            crawler_row(len(CRAWLER) - 2, id="4800000000000002\t", **ORIGINAL),
        ],
    )
    report = take(home, file)
    assert (report.spider, report.counts["rejected"]) == ("weibo-crawler", 0)
    kept = Kept(home, "weibo")
    post = kept.post("4800000000000001")
    assert (post["likes"], post["replies"], post["reposts"]) == (31, 22, 13), (
        "another order than weibo-search's"
    )
    assert post["created_at"] == datetime(2024, 4, 2, 23, 30, 59, tzinfo=UTC)
    assert (post["account_id"], kept.handles["6666666666"]) == (kept.account("6666666666"), "跑步的人")
    original = kept.post("4700000000000009")
    assert (original["text"], original["likes"]) == ("新款到店", 900)
    assert kept.post("4800000000000002")["repost_of_id"] == original["id"]
    assert kept.edge("repost") == {(kept.account("6666666666"), kept.account("5555555555"))}


def test_a_csv_that_an_older_version_began(tmp_path: Path, home: Home) -> None:
    header = [*OLD, "是否原创", "源用户id", "源用户昵称", *(f"源微博{name}" for name in OLD)]
    rows = [
        header,
        crawler_row(15, header, 日期="2020-01-05", 是否原创="True"),
        crawler_row(len(header), header, id="2\t", 日期="2020-01-06", **ORIGINAL),
        crawler_row(19, id="3\t", 是否原创="True"),
        crawler_row(37, id="4\t", **ORIGINAL),
        ["5\t", *["x"] * 13, *[""] * 12],
    ]
    report = take(home, write(tmp_path / "6666666666.csv", rows))
    kept = Kept(home, "weibo")
    assert kept.post("4800000000000001")["created_at"] == datetime(2020, 1, 4, 16, tzinfo=UTC)
    assert kept.post("2")["repost_of_id"] == kept.post_id("4700000000000009")
    assert (kept.post("3")["likes"], kept.post("3")["reposts"]) == (31, 13), (
        "today's columns, though the header is old"
    )
    assert kept.post("4")["repost_of_id"] == kept.post_id("4700000000000009")
    assert report.rejected == {"the row has no time that can be read": 1}


def test_a_csv_that_tells_no_author_says_so(tmp_path: Path, home: Home) -> None:
    file = write(tmp_path / "posts.csv", [BASE, crawler_row(18)])
    with pytest.raises(BadInputError, match="whose posts"):
        take(home, file)


def test_a_folder_goes_on_after_a_file_that_cannot_be_read(tmp_path: Path, home: Home) -> None:
    write(tmp_path / "in" / "a" / "posts.csv", [BASE, crawler_row(18)])
    write(tmp_path / "in" / "b" / "6666666666.csv", [BASE, crawler_row(18)])
    report = take(home, tmp_path / "in")
    assert report.status == "truncated"
    assert "posts.csv doesn't tell whose posts it holds" in report.message
    assert len(Kept(home, "weibo").posts) == 1


def test_weibo_crawler_json(tmp_path: Path, home: Home) -> None:
    retweet = weibo_item(40, user_id=77, screen_name="教练", text="配速慢一点")
    items = [
        weibo_item(41),
        weibo_item(42, retweet=retweet),
        weibo_item(43, created_at="?", full_created_at=None),
    ]
    file = tmp_path / "跑步的人" / "6666666666.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"user": USER, "weibo": [*items, "?"]}, ensure_ascii=False), "utf-8")
    report = take(home, file)
    kept = Kept(home, "weibo")
    assert report.rejected == {"the row has no time that can be read": 1, "the item is no object": 1}
    assert kept.post("42")["repost_of_account_id"] == kept.account("77")
    assert kept.post("40")["text"] == "配速慢一点"
    me = kept.profile("6666666666")
    assert (me["followers_count"], me["following_count"], me["posts_count"]) == (34_000, 56, 12)
    assert (me["gender"], me["age_band"], me["education"]) == ("f", "25-34", "某大学")
    assert me["region"] == "浙江 杭州", "the declared place, not the address's"
    assert me["bio"] == "跑步，也爬山。电话[手机]"
    assert (me["kind"], me["verified"], me["occupation"]) == ("organisation", True, None)


def test_users_csv_and_the_place_of_the_address(tmp_path: Path, home: Home) -> None:
    header = [
        "用户id",
        "昵称",
        "性别",
        "生日",
        "所在地",
        "IP属地",
        "学习经历",
        "公司",
        "注册时间",
        "微博数",
        "粉丝数",
        "关注数",
        "简介",
        "主页",
        "是否认证",
        "认证类型",
    ]
    rows = [
        header,
        [
            "1",
            "甲",
            "女",
            "",
            "",
            "IP属地：广东",
            "",
            "",
            "2011-01-01",
            "5",
            "6万",
            "7",
            "",
            "",
            "False",
            "-1",
        ],
        ["", "乙", *[""] * 14],
        ["3", "丙"],
    ]
    report = take(home, write(tmp_path / "users.csv", rows))
    kept = Kept(home, "weibo")
    assert (kept.profile("1")["region"], kept.profile("1")["followers_count"]) == ("广东", 60_000)
    assert (kept.profile("1")["gender"], kept.profile("1")["kind"]) == ("f", "person")
    assert kept.profile("3")["region"] is None
    assert report.rejected == {"the row has no user id": 1}


def test_weibo_crawler_sqlite_with_comments_and_reposts(tmp_path: Path, home: Home) -> None:
    file = tmp_path / "weibodata.db"
    with sqlite3.connect(file) as base:
        base.execute(
            "create table user (id, nick_name, gender, follower_count, follow_count, location, edu, bio)"
        )
        base.execute("insert into user values ('1', '甲', 'm', 10, 20, '北京', '某校', '你好')")
        base.execute(
            "create table weibo (id, bid, user_id, screen_name, text, topics, at_users, created_at, attitudes_count,"
            " comments_count, reposts_count, retweet_id, edited)"
        )
        base.execute(
            "insert into weibo values ('50','M','1','甲','买了新相机','','','2024-04-05 06:00',1,2,3,'',0)"
        )
        base.execute(
            "create table comments (id, weibo_id, root_id, user_id, created_at, user_screen_name, text, like_count)"
        )
        base.executemany(
            "insert into comments values (?, '50', ?, ?, '2024-04-05 07:00', ?, ?, 1)",
            [("50", "", "2", "乙", "什么型号"), ("61", "50", "3", "丙", "同问")],
        )
        base.execute(
            "create table reposts (id, weibo_id, user_id, created_at, user_screen_name, text, like_count)"
        )
        base.execute("insert into reposts values ('70', '50', '4', '2024-04-06 07:00', '丁', '收藏', 0)")
    report = take(home, file)
    assert (report.status, report.counts["rejected"]) == ("ok", 0)
    kept = Kept(home, "weibo")
    one, two, three, four = (kept.account(number) for number in "1234")
    assert kept.post("50")["text"] == "买了新相机", "a comment with the number of a post is not that post"
    assert kept.edge("reply") == {(two, one), (three, two)}
    assert kept.edge("repost") == {(four, one)}
    assert kept.post("comment:61")["reply_to_id"] == kept.post_id("comment:50")
    assert kept.profile("1")["followers_count"] == 10


def test_a_whole_folder_with_comments_by_nickname_and_strange_files(tmp_path: Path, home: Home) -> None:
    tree = tmp_path / "weibo"
    write(tree / "跑步的人" / "6666666666.csv", [BASE, crawler_row(18)])
    write(
        tree / "跑步的人" / "跑步的人_comments.csv",
        [
            ["id", "weibo_id", "created_at", "user_screen_name", "text", "pic_url", "like_count"],
            ["c1", "4800000000000001", "2024-04-03 09:00:00", "路过的", "厉害", "", "2"],
        ],
    )
    (tree / "跑步的人" / "img").mkdir()
    (tree / "跑步的人" / "img" / "1.jpg").write_bytes(b"\xff\xd8")
    (tree / "empty.csv").write_bytes(b"")
    report = take(home, tree)
    assert "Skipped 2 files of no known kind: empty.csv" in report.message
    kept = Kept(home, "weibo")
    assert kept.edge("reply") == {(kept.account("路过的"), kept.account("6666666666"))}
