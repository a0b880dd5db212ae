"""Files of weibo-search and weibo-crawler, with the traps of each."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from crawlers.importers import weibo_crawler, weibo_search
from crawlers.importers.base import Options
from lake.store import Lake
from privacy.errors import BadInputError, NoPolicyError
from privacy.home import Home
from tests.crawlers.import_lab import Kept, allow, take

SEARCH = [
    "id",
    "bid",
    "user_id",
    "用户昵称",
    "微博正文",
    "头条文章url",
    "发布位置",
    "艾特用户",
    "话题",
    "转发数",
    "评论数",
    "点赞数",
    "发布时间",
    "发布工具",
    "微博图片url",
    "微博视频url",
    "retweet_id",
    "ip",
    "user_authentication",
    "会员类型",
    "会员等级",
]
SEARCH_ITEMS = [
    "id",
    "bid",
    "user_id",
    "screen_name",
    "text",
    "article_url",
    "location",
    "at_users",
    "topics",
    "reposts_count",
    "comments_count",
    "attitudes_count",
    "created_at",
    "source",
    "pics",
    "video_url",
    "retweet_id",
    "ip",
    "user_authentication",
    "vip_type",
    "vip_level",
]
BASE = [
    "id",
    "bid",
    "正文",
    "头条文章url",
    "原始图片url",
    "视频url",
    "Live Photo视频url",
    "位置",
    "日期",
    "工具",
    "点赞数",
    "评论数",
    "转发数",
    "话题",
    "@用户",
    "完整日期",
    "是否编辑过",
    "编辑次数",
]
CRAWLER = [*BASE, "是否原创", "源用户id", "源用户昵称", *(f"源微博{name}" for name in BASE)]
OLD = [name for name in BASE if name not in ("Live Photo视频url", "完整日期", "是否编辑过", "编辑次数")]


@pytest.fixture
def home(home: Home) -> Home:
    allow(home, "weibo", "weibo")
    return home


def search_row(**cells: str) -> list[str]:
    given = {
        "id": "4900000000000001", "user_id": "1111111111", "用户昵称": "山里来的", "微博正文": "周末去露营，帐篷买大了",
        "转发数": "1", "评论数": "2", "点赞数": "3", "发布时间": "2024-05-01 20:15",
    } | cells  # fmt: skip
    return [given.get(name, "") for name in SEARCH]


def write(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8-sig") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


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


def test_a_folder_goes_on_after_a_file_that_cannot_be_read(tmp_path: Path, home: Home) -> None:
    write(tmp_path / "in" / "a" / "posts.csv", [BASE, crawler_row(18)])
    write(tmp_path / "in" / "b" / "6666666666.csv", [BASE, crawler_row(18)])
    report = take(home, tmp_path / "in")
    assert report.status == "truncated"
    assert "posts.csv doesn't tell whose posts it holds" in report.message
    assert len(Kept(home, "weibo").posts) == 1


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


def crawler_cells(**cells: str) -> dict[str, str]:
    return {
        "id": "4800000000000001\t", "bid": "Mabc", "正文": "换了新鞋，跑了十公里", "日期": "2024-04-03T07:30:00",
        "工具": "手机", "点赞数": "31", "评论数": "22", "转发数": "13", "话题": "跑步", "@用户": "阿强",
        "完整日期": "2024-04-03 07:30:59", "是否编辑过": "False", "编辑次数": "0",
    } | cells  # fmt: skip


def crawler_row(width: int, header: Sequence[str] = CRAWLER, **cells: str) -> list[str]:
    given = crawler_cells(**cells)
    return [given.get(name, "") for name in header][:width]


ORIGINAL = {
    "是否原创": "False", "源用户id": "5555555555", "源用户昵称": "鞋店", "源微博id": "4700000000000009\t",
    "源微博正文": "新款到店", "源微博日期": "2024-04-02T10:00:00", "源微博完整日期": "2024-04-02 10:00:01", "源微博点赞数": "900",
}  # fmt: skip


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


USER = {
    "id": "6666666666", "screen_name": "跑步的人", "gender": "f", "birthday": "1995-05-05", "location": "浙江 杭州",
    "ip_location": "IP属地：上海", "education": "某大学", "company": "某公司", "registration_time": "2012-03-04",
    "statuses_count": 12, "followers_count": "3.4万", "follow_count": 56, "description": "跑步，也爬山。电话13800138000",
    "verified": True, "verified_type": 2,
}  # fmt: skip


def weibo_item(number: int, **more: Any) -> dict[str, Any]:
    return {
        "user_id": 6666666666, "screen_name": "跑步的人", "id": number, "bid": "M", "text": "今天跑了五公里", "pics": "",
        "links": ["https://t.cn/x"], "created_at": "2024-04-05T06:00:00", "full_created_at": "2024-04-05 06:00:30",
        "attitudes_count": 3, "comments_count": 2, "reposts_count": 1, "topics": "跑步", "at_users": "", "edited": False,
        "llm_analysis": {"sentiment": "?"},
    } | more  # fmt: skip


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


def test_the_same_post_of_two_crawlers_is_one_post(tmp_path: Path, home: Home) -> None:
    take(home, write(tmp_path / "a" / "6666666666.csv", [BASE, crawler_row(18)]))
    same = search_row(id="4800000000000001", user_id="6666666666", 微博正文="后来改过的", ip="四川")
    take(home, write(tmp_path / "跑步.csv", [SEARCH, same]))
    kept = Kept(home, "weibo")
    assert [post["text"] for post in kept.posts.values()] == ["后来改过的"]
    assert len(kept.accounts) == 1


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
