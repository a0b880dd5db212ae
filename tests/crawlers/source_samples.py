"""For every spider a small source: one page that it reads well, whatever leads to it, and the same page with odd rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.crawlers.feeds import RSS, atom, entry
from tests.crawlers.forum_lab import START, Draw, Post, discuz, phpbb, small_forum
from tests.crawlers.weibo_api import status

BAD_TIME = "created_at is before 2000 or in the future"
HALF = "\ud83d"  # of a character


def dump(value: Any) -> str:
    """JSON as servers write it: half characters escaped, the rest as it is."""
    return json.dumps(value, ensure_ascii=False).replace(HALF, "\\ud83d")


@dataclass(frozen=True)
class Sample:
    """A page that a spider reads: where its rows go, how many it holds, and how it may be spoilt.

    ``paths`` are the pages that lead to it. ``odd`` is the page with one id twice, times of 1970 and 2099, half a
    character and control characters; ``odd_rows`` of them are rows and ``odd_reasons`` say why others are none. ``words``
    are some of one row's.
    """

    spider: str
    path: str
    body: str
    table: str
    rows: int
    words: str = ""
    parameters: tuple[str, ...] = ()
    paths: dict[str, str] = field(default_factory=dict)
    padding: str = " "
    pad_before: str = ""  # what the padding stands before; empty: it stands at the end
    deep: str = "[" * 100_000
    in_gbk: str = ""  # why GBK is refused; empty: it is read
    as_image: str = ""  # why it is refused where the answer calls it an image; empty: it is read
    odd: str = ""
    odd_rows: int = 0
    odd_reasons: tuple[str, ...] = ()

    def padded(self, size: int) -> str:
        """The page, so many bytes longer, saying the same."""
        more = self.padding * (size // len(self.padding))
        head, mark, tail = self.body.partition(self.pad_before) if self.pad_before else (self.body, "", "")
        return head + more + mark + tail


WEIBO_BODY = json.dumps({"statuses": [status(2, 1), status(1, 1)], "total_number": 2}, ensure_ascii=False)
HOT = json.dumps(
    {"ok": 1, "data": {"realtime": [{"word": "露营", "num": 9}, {"word": "咖啡豆推荐", "num": 8}]}},
    ensure_ascii=False,
)
AMY = {"id": "7", "acct": "amy"}


def toot(number: int, content: str = "露营装备", at: str = "2026-01-02T03:04:05Z") -> dict[str, Any]:
    """A status of Mastodon."""
    return {"id": str(number), "created_at": at, "account": AMY, "content": f"<p>{content}</p>"}


def discourse_topic(*posts: tuple[int, str, str]) -> str:
    """A topic of Discourse with posts of an id, words and a time."""
    made = [
        {"id": n, "post_number": place, "username": "lee", "created_at": at, "cooked": f"<p>{words}</p>"}
        for place, (n, words, at) in enumerate(posts, 1)
    ]
    listed = [post[0] for post in posts]
    return dump({"id": 5, "title": "帖", "post_stream": {"posts": made, "stream": listed}})


def nodebb_topic(*posts: tuple[int, str, int]) -> str:
    """A topic of NodeBB with posts of a pid, words and a time in milliseconds."""
    lee = {"uid": 1, "userslug": "lee"}
    made = [
        {"pid": n, "uid": 1, "timestamp": at, "content": f"<p>{words}</p>", "user": lee}
        for n, words, at in posts
    ]
    return dump({"tid": 5, "mainPid": 1, "posts": made})


DAY = "2026-01-02T00:00:00Z"
MS = 1_767_312_000_000
ODD_TIMES = ("1970-01-02T00:00:00Z", "2099-01-02T00:00:00Z")
ODD_STATUSES = [
    toot(1), toot(1, "另一段话"), toot(2, at=ODD_TIMES[0]), toot(3, at=ODD_TIMES[1]), toot(4, f"半{HALF}\x07\x00个"),
]  # fmt: skip
ODD_WEIBO = [
    status(1, 1), status(1, 1, text="另一段话"), status(2, 1, created_at="Fri Jan 02 08:00:00 +0800 1970"),
    status(3, 1, created_at="Fri Jan 02 08:00:00 +0800 2099"), status(4, 1, text=f"半{HALF}\x07\x00个"),
]  # fmt: skip


def html_forum(spider: str, draw: Draw, *paths: str) -> Sample:
    """A board with one topic; the last of the paths is the topic's."""
    forum = small_forum(topics=1, per_topic=10)
    pages = {path: draw(forum, "/", path) or "" for path in paths}
    when = (START, START, *map(datetime.fromisoformat, ODD_TIMES), START)
    forum.topics[0].posts = [
        Post(number, "8", at, words)
        for number, at, words in zip(
            (1, 1, 2, 3, 4), when, ("露营", "另一段话", "老", "新", "半&#xD83D;\x07\x00个"), strict=True
        )
    ]
    return Sample(
        spider,
        paths[-1],
        pages[paths[-1]],
        "posts",
        7,
        "帐篷很好",
        ("profiles=no",),
        {path: pages[path] for path in paths[:-1]},
        padding="<!-- padding -->",
        pad_before="<title>",
        deep="<html><body>" + "<div>" * 100_000 + "</html>",
        as_image="HTML was expected",
        odd=draw(forum, "/", paths[-1]) or "",
        odd_rows=2,
        odd_reasons=(BAD_TIME, BAD_TIME),
    )


SAMPLES = {
    "mastodon": Sample(
        "mastodon",
        "/api/v1/timelines/public",
        dump([toot(2), toot(1)]),
        "posts",
        2,
        "露营装备",
        ("trends=no",),
        in_gbk="not JSON",
        odd=dump(ODD_STATUSES),
        odd_rows=2,
        odd_reasons=(BAD_TIME, BAD_TIME),
    ),
    "discourse": Sample(
        "discourse",
        "/t/5.json",
        discourse_topic((1, "露营", DAY), (2, "咖啡", DAY)),
        "posts",
        2,
        "露营",
        (),
        {
            "/categories.json": '{"category_list": {"categories": []}}',
            "/latest.json": '{"topic_list": {"topics": [{"id": 5}]}}',
            "/u/lee.json": '{"user": {"username": "lee"}}',
        },
        deep='{"post_stream": ' * 100_000,
        in_gbk="not JSON",
        odd=discourse_topic(
            (1, "露营", DAY), (1, "另", DAY), (2, "老", ODD_TIMES[0]), (3, "新", ODD_TIMES[1]), (4, f"半{HALF}\x07个", DAY)
        ),
        odd_rows=2,
        odd_reasons=(BAD_TIME, BAD_TIME),
    ),
    "nodebb": Sample(
        "nodebb",
        "/api/topic/5",
        nodebb_topic((1, "露营", MS), (2, "咖啡", MS)),
        "posts",
        2,
        "露营",
        (),
        {
            "/api/recent": '{"topics": [{"tid": 5}]}',
            "/api/categories": '{"categories": []}',
            "/api/user/lee": '{"uid": 1, "userslug": "lee"}',
        },
        deep='{"posts": ' * 100_000,
        in_gbk="not JSON",
        odd=nodebb_topic(
            (1, "露营", MS), (1, "另", MS), (2, "老", 86_400_000), (3, "新", 4_099_680_000_000), (4, f"半{HALF}\x07个", MS)
        ),
        odd_rows=2,
        odd_reasons=(BAD_TIME, BAD_TIME),
    ),
    "discuz": html_forum("discuz", discuz, "/forum.php", "/forum-3-1.html", "/thread-1-1-1.html"),
    "phpbb": html_forum("forum", phpbb, "/index.php", "/viewforum.php?f=3", "/viewtopic.php?t=1"),
    "suggest": Sample(
        "keywords",
        "/su",
        'window.baidu.sug({q:"露营",p:false,s:["露营装备清单","露营地推荐"]});',
        "keywords",
        1,
        "营装备清单",
        ("shape=su", "terms=露营"),
        deep='f({q:"露营",s:' + "[" * 100_000,
        odd='window.baidu.sug({q:"露营",p:false,s:["露营装备","露营装备","半\\ud83d\\u0007个",7]});',
        odd_rows=1,
        odd_reasons=("the suggestion has no text",),
    ),
    "pageviews": Sample(
        "keywords",
        "/metrics",
        '{"items": [{"article": "露营地", "timestamp": "2026010100", "views": 7}]}',
        "keywords",
        1,
        "",
        ("shape=pageviews", "terms=露营"),
        in_gbk="not JSON",
        odd=dump(
            {
                "items": [
                    {"timestamp": day, "views": views}
                    for day, views in (("2026010100", 7), ("2026010100", 8), ("1970010200", 1), ("2099010200", 1), (HALF, 1))
                ]
            }
        ),
        odd_rows=1,
        odd_reasons=("at is before 2000 or in the future",) * 2 + ("the day has no usable timestamp or views",),
    ),
    "hotlist": Sample(
        "hotlist",
        "/hotSearch",
        HOT,
        "keywords",
        2,
        "咖啡豆推荐",
        ("list=hotSearch",),
        in_gbk="not JSON",
        odd=dump({"ok": 1, "data": {"realtime": [{"word": "露营"}, {"word": "露营"}, {"word": f"半{HALF}\x07个"}, 5]}}),
        odd_rows=2,
        odd_reasons=("an object was expected, this is a number",),
    ),
    "weibo": Sample(
        "weibo",
        "/statuses/public_timeline.json",
        WEIBO_BODY,
        "posts",
        2,
        "真好",
        deep='{"statuses": ' * 100_000,
        in_gbk="not JSON",
        odd=dump({"statuses": ODD_WEIBO, "total_number": 5}),
        odd_rows=2,
        odd_reasons=(BAD_TIME, BAD_TIME),
    ),
    "feed": Sample(
        "feed",
        "/feed.xml",
        RSS,
        "posts",
        2,
        "只有摘要",
        ("feeds=feed.xml",),
        padding="<!-- padding -->",
        deep="<a>" * 100_000,
        odd=atom(
            [
                entry(1), entry(1, "另一段话"), entry(2, "老", ODD_TIMES[0]), entry(3, "未来", ODD_TIMES[1]),
                entry(4, "半&#xD83D;\x07&#0;个"),
            ]
        ).decode(),
        odd_rows=2,
        odd_reasons=(BAD_TIME, BAD_TIME),
    ),
}  # fmt: skip
