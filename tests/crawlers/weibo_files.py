"""Rows and files as weibo-search and weibo-crawler write them, and a home that may import them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from privacy.home import Home
from tests.crawlers.import_lab import allow

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
    """An empty home with a policy entry of the kind."""
    allow(home, "weibo", "weibo")
    return home


def search_row(**cells: str) -> list[str]:
    """A row of weibo-search, in the order of ``SEARCH``."""
    given = {
        "id": "4900000000000001", "user_id": "1111111111", "用户昵称": "山里来的", "微博正文": "周末去露营，帐篷买大了",
        "转发数": "1", "评论数": "2", "点赞数": "3", "发布时间": "2024-05-01 20:15",
    } | cells  # fmt: skip
    return [given.get(name, "") for name in SEARCH]


def write(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8-sig") -> Path:
    """A CSV file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def crawler_cells(**cells: str) -> dict[str, str]:
    """The cells of a row of weibo-crawler, by column."""
    return {
        "id": "4800000000000001\t", "bid": "Mabc", "正文": "换了新鞋，跑了十公里", "日期": "2024-04-03T07:30:00",
        "工具": "手机", "点赞数": "31", "评论数": "22", "转发数": "13", "话题": "跑步", "@用户": "阿强",
        "完整日期": "2024-04-03 07:30:59", "是否编辑过": "False", "编辑次数": "0",
    } | cells  # fmt: skip


def crawler_row(width: int, header: Sequence[str] = CRAWLER, **cells: str) -> list[str]:
    """A row of weibo-crawler, cut after so many columns of its header."""
    given = crawler_cells(**cells)
    return [given.get(name, "") for name in header][:width]


ORIGINAL = {
    "是否原创": "False", "源用户id": "5555555555", "源用户昵称": "鞋店", "源微博id": "4700000000000009\t",
    "源微博正文": "新款到店", "源微博日期": "2024-04-02T10:00:00", "源微博完整日期": "2024-04-02 10:00:01", "源微博点赞数": "900",
}  # fmt: skip
USER = {
    "id": "6666666666", "screen_name": "跑步的人", "gender": "f", "birthday": "1995-05-05", "location": "浙江 杭州",
    "ip_location": "IP属地：上海", "education": "某大学", "company": "某公司", "registration_time": "2012-03-04",
    "statuses_count": 12, "followers_count": "3.4万", "follow_count": 56, "description": "跑步，也爬山。电话13800138000",
    "verified": True, "verified_type": 2,
}  # fmt: skip


def weibo_item(number: int, **more: Any) -> dict[str, Any]:
    """A post as weibo-crawler writes it to JSON."""
    return {
        "user_id": 6666666666, "screen_name": "跑步的人", "id": number, "bid": "M", "text": "今天跑了五公里", "pics": "",
        "links": ["https://t.cn/x"], "created_at": "2024-04-05T06:00:00", "full_created_at": "2024-04-05 06:00:30",
        "attitudes_count": 3, "comments_count": 2, "reposts_count": 1, "topics": "跑步", "at_users": "", "edited": False,
        "llm_analysis": {"sentiment": "?"},
    } | more  # fmt: skip
