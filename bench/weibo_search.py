"""A weibo-search export, generated: 21 columns, texts of 100 characters, authors who come back, some contact data."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

TEXT_LENGTH = 100
_BATCH = 200_000
_END = datetime(2026, 8, 1)
_DAYS = 60
_PHRASES = (
    "周末想去郊外走走，天气正好不冷不热",
    "这家店排了半小时的队，味道比想象中淡一些",
    "新买的帐篷第一次用，搭起来不到十分钟",
    "孩子说还想再来一次，我们就把下周的票也订了",
    "同事推荐的咖啡豆到了，今天早上试了一壶",
    "问了三家价格差不多，最后选了离家近的那家",
    "下班路过公园，桂花已经开了，满街都是香味",
    "跑完五公里出了一身汗，晚饭多吃了一碗",
    "电池比去年那台耐用，出门一天不用带充电宝",
    "地铁又晚点了，站台上的人一直排到楼梯口",
    "这本书读到一半，舍不得一口气看完",
    "妈妈寄来一箱橙子，分给邻居半箱还剩很多",
)
_MARKS = ("！", "。", "～", "，", "？", "；")
_TAILS = (
    (0.04, " @山里的风{n}"),
    (0.03, "//@河边散步{n}:说得对"),
    (0.02, "有事打13{n:09d}"),
    (0.20, " http://t.cn/A6{code}"),
    (0.25, "#周末去哪#"),
)
_LETTERS = "aBcDeFgHiJkLmNoPqRsTuVwXyZ24679"
_HEADER = [
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


def write_export(path: Path, rows: int, seed: int = 7) -> None:
    """Write ``rows`` posts below the header, a quarter as many authors, the busy ones far busier (Zipf)."""
    rng = np.random.default_rng(seed)
    with path.open("wb") as file:
        for start in range(0, rows, _BATCH):
            frame = _batch(rng, start, min(_BATCH, rows - start), max(rows // 4, 1))
            frame = frame.with_columns(
                pl.when(pl.all() != "").then(pl.all())
            )  # null, lest it be written as ""
            file.write(frame.write_csv(include_header=start == 0, include_bom=start == 0).encode())


def write_edges(path: Path, rows: int, seed: int = 7) -> None:
    """Write a table of follows: ``src,dst``, no pair twice in a row, ends as uneven as followers are."""
    rng = np.random.default_rng(seed)
    people = max(rows // 10, 10)
    with path.open("wb") as file:
        for start in range(0, rows, _BATCH):
            many = min(_BATCH, rows - start)
            src, dst = rng.integers(people, size=many), rng.zipf(1.3, many) % people
            frame = pl.DataFrame({"src": src, "dst": np.where(src == dst, (dst + 1) % people, dst)})
            file.write(frame.select(pl.all() + 1_000_000_000).write_csv(include_header=start == 0).encode())


def _batch(rng: np.random.Generator, start: int, rows: int, authors: int) -> pl.DataFrame:
    author = rng.zipf(1.2, rows) % authors
    minutes = rng.integers(_DAYS * 24 * 60, size=rows)
    times = [(_END - timedelta(minutes=int(minute))).strftime("%Y-%m-%d %H:%M") for minute in minutes]
    counts = rng.integers(1000, size=(3, rows))
    repost = rng.random(rows) < 0.1
    columns: dict[str, pl.Series | pl.Expr] = {
        "id": pl.Series(5_000_000_000_000_000 + start + np.arange(rows)).cast(pl.String),
        "bid": pl.Series(start + np.arange(rows)).cast(pl.String),
        "user_id": pl.Series(1_000_000_000 + author).cast(pl.String),
        "用户昵称": pl.Series([f"某人{number}" for number in author]),
        "微博正文": pl.Series(_texts(rng, rows)),
        "话题": pl.Series(np.where(rng.random(rows) < 0.25, "周末去哪", "")),
        "转发数": pl.Series(counts[0]).cast(pl.String),
        "评论数": pl.Series(counts[1]).cast(pl.String),
        "点赞数": pl.Series(np.where(counts[2] > 990, "1.2万", counts[2].astype(str))),
        "发布时间": pl.Series(times),
        "发布工具": pl.Series(np.where(author % 2, "iPhone客户端", "微博网页版")),
        "retweet_id": pl.Series(np.where(repost, (5_000_000_000_000_000 + start).__str__(), "")),
        "ip": pl.Series(np.where(author % 3, "发布于 上海", "发布于 四川")),
        "user_authentication": pl.Series(np.where(author % 50, "普通用户", "蓝V")),
        "会员类型": pl.Series(np.where(author % 4, "", "会员")),
        "会员等级": pl.Series(np.where(author % 4, "", "3")),
    }
    absent = {name: pl.Series([""] * rows) for name in _HEADER if name not in columns}
    return pl.DataFrame(columns | absent).select(_HEADER)


def _texts(rng: np.random.Generator, rows: int) -> list[str]:
    """Phrases up to 100 characters; the last ones make room for a mention, a phone number, a link or a hashtag."""
    chosen = rng.integers(len(_PHRASES), size=(rows, 7))
    marks = rng.integers(len(_MARKS), size=(rows, 7))
    draws = rng.random((rows, len(_TAILS)))
    numbers = rng.integers(10**9, size=rows)
    texts = []
    for row in range(rows):
        tail = "".join(
            tail.format(n=numbers[row], code=_code(int(numbers[row])))
            for (share, tail), draw in zip(_TAILS, draws[row], strict=True)
            if draw < share
        )
        words = "".join(
            _PHRASES[phrase] + _MARKS[mark] for phrase, mark in zip(chosen[row], marks[row], strict=True)
        )
        texts.append(words[: TEXT_LENGTH - len(tail)] + tail)
    return texts


def _code(number: int) -> str:
    """A short link's seven letters and digits."""
    return "".join(_LETTERS[number // 31**place % 31] for place in range(6)) + "x"
