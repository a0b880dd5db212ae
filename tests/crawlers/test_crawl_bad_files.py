"""What a damaged or odd file of every importer does: a clear reason, and the rest goes on.

A sample is three rows as one importer's files have them; each test spoils the second, or the file as a whole.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from crawlers.importers.base import Options
from crawlers.importers.run import import_files
from crawlers.report import RunReport
from lake.store import Lake
from privacy.errors import BadInputError
from privacy.home import Home
from tests.crawlers import test_crawl_import_mediacrawler as mediacrawler
from tests.crawlers import test_crawl_import_saved as saved
from tests.crawlers import weibo_files as weibo
from tests.crawlers.import_lab import allow

Item = dict[str, Any]
Take = Callable[["Sample", bytes], RunReport | str]  # or why the file is refused whole
BAD_TIME = "is before 2000 or in the future"
HALF = "\ud83d"  # of a character
MAP = {"native_id": "编号", "author_native_id": "用户ID", "text": "正文", "created_at": "时间"}


def dump(value: Any) -> str:
    """JSON, half characters escaped."""
    return json.dumps(value, ensure_ascii=False).replace(HALF, "\\ud83d")


@dataclass(frozen=True)
class Sample:
    """Three rows of a format: the file's name, the policy entry's kind, the names of its id, text and time.

    ``times`` are 1970 and 2099 as the format writes them; ``whole`` is the document around the items of a JSON file.
    """

    format: str
    file: str
    kind: str
    items: list[Item]
    id: str
    text: str
    times: tuple[Any, Any]
    time: str
    table: str = "posts"
    mapped: str | None = None  # the table that the ``table`` format is told
    whole: Callable[[list[Item]], Any] = list

    @property
    def is_text(self) -> bool:
        """Whether the file is text; else a SQLite database or Parquet."""
        return not self.file.endswith((".db", ".parquet"))

    def packed(self, items: list[Item]) -> bytes:
        """The file's bytes."""
        if self.file.endswith(".parquet"):
            out = io.BytesIO()
            pl.DataFrame(items).write_parquet(out)
            return out.getvalue()
        if self.file.endswith(".db"):
            with closing(sqlite3.connect(":memory:")) as base:
                base.execute(f"create table weibo ({', '.join(self.items[0])})")
                marks = ", ".join("?" * len(self.items[0]))
                base.executemany(
                    f"insert into weibo values ({marks})", [tuple(item.values()) for item in items]
                )
                base.commit()
                return base.serialize()
        return self.body(items).encode("utf-8", "surrogatepass")

    def body(self, items: list[Item]) -> str:
        """The file's text."""
        if self.file.endswith(".csv"):
            out = io.StringIO(newline="")
            writer = csv.DictWriter(out, list(self.items[0]))
            writer.writeheader()
            writer.writerows(items)
            return out.getvalue()
        if self.file.endswith(".jsonl"):
            return "".join(dump(item) + "\n" for item in items)
        return dump(self.whole(items))

    def spoilt(self, **cells: Any) -> list[Item]:
        """The rows, the second with other cells."""
        first, second, third = self.items
        return [first, second | cells, third]


CHINA_TIMES = ("1970-01-02 08:00", "2099-01-02 08:00")
UNIX_TIMES = (86_400, 4_070_908_800)
CRAWLER_NAMES = ("id", "bid", "正文", "日期", "工具", "点赞数", "评论数", "转发数", "话题", "@用户")
SQLITE = dict(zip(weibo.SEARCH_ITEMS, weibo.search_row(), strict=True))
CRAWLED = {
    "id": "1", "bid": "M", "user_id": "1", "screen_name": "甲", "text": "买了新相机", "created_at": "2024-04-05 06:00",
    "attitudes_count": 1, "edited": 0,
}  # fmt: skip
TIEBA = {
    "note_id": "1", "title": "这款耳机值不值", "desc": "用了一周，低音可以", "publish_time": "2024-05-03 21:30",
    "note_url": "https://tieba.baidu.com/p/1", "user_nickname": "木***", "creator_hash": "ee" * 8, "tieba_name": "耳机吧",
    "tieba_link": "https://tieba.baidu.com/f?kw=x", "total_replay_num": 45, "source_keyword": "耳机",
}  # fmt: skip
ZHIHU = {
    "content_id": "1", "content_type": "answer", "content_text": "先看预算再看用途", "question_id": "1", "title": "怎么选相机",
    "content_url": "https://www.zhihu.com/question/1/answer/1", "created_time": 1714500000, "voteup_count": 66,
    "comment_count": 5, "source_keyword": "相机", "creator_hash": "aa" * 8, "user_nickname": "某***",
}  # fmt: skip
SEARCH = [dict(zip(weibo.SEARCH, weibo.search_row(id=str(n)), strict=True)) for n in (11, 12, 13)]
LEE = saved.account(1)
SAMPLES = {
    "weibo-search": Sample(
        "weibo-search", "露营.csv", "weibo", SEARCH, "id", "微博正文", ("1970-01-02 08:00", "2099-01-02 08:00"), "发布时间"
    ),
    "weibo-crawler": Sample(
        "weibo-crawler", "6666666666.json", "weibo", [weibo.weibo_item(n) for n in (1, 2, 3)], "id", "text",
        ("1970-01-02 08:00:00", "2099-01-02 08:00:00"), "full_created_at", whole=lambda items: {"user": weibo.USER, "weibo": items},
    ),
    "weibo-crawler csv": Sample(
        "weibo-crawler", "6666666666/6666666666.csv", "weibo",
        [{name: weibo.crawler_cells(id=f"{n}\t")[name] for name in CRAWLER_NAMES} for n in (1, 2, 3)], "id", "正文",
        ("1970-01-02T08:00:00", "2099-01-02T08:00:00"), "日期",
    ),
    "weibo-crawler sqlite": Sample(
        "weibo-crawler", "weibodata.db", "weibo", [CRAWLED | {"id": str(n)} for n in (1, 2, 3)], "id", "text", CHINA_TIMES, "created_at",
    ),
    "weibo-search sqlite": Sample(
        "weibo-search", "weibo.db", "weibo", [SQLITE | {"id": str(n)} for n in (1, 2, 3)], "id", "text", CHINA_TIMES, "created_at",
    ),
    "mediacrawler json": Sample(
        "mediacrawler", "weibo/json/search_contents_2025-08-01.json", "weibo",
        [{**mediacrawler.NOTE, **mediacrawler.OLD, "note_id": str(n)} for n in (1, 2, 3)], "note_id", "content", UNIX_TIMES, "create_time",
    ),
    "mediacrawler tieba": Sample(
        "mediacrawler", "tieba/csv/search_contents_2026-08-01.csv", "tieba", [TIEBA | {"note_id": str(n)} for n in (1, 2, 3)], "note_id", "desc",
        CHINA_TIMES, "publish_time",
    ),
    "mediacrawler zhihu": Sample(
        "mediacrawler", "zhihu/jsonl/search_contents_2026-08-01.jsonl", "zhihu", [ZHIHU | {"content_id": str(n)} for n in (1, 2, 3)],
        "content_id", "content_text", UNIX_TIMES, "created_time",
    ),
    "mediacrawler csv": Sample(
        "mediacrawler", "weibo/csv/search_contents_2026-08-01.csv", "weibo",
        [{**mediacrawler.NOTE, **mediacrawler.NEW, "note_id": str(n)} for n in (1, 2, 3)], "note_id", "content", UNIX_TIMES, "create_time",
    ),
    "mediacrawler jsonl": Sample(
        "mediacrawler", "weibo/jsonl/search_contents_2026-08-01.jsonl", "weibo",
        [{**mediacrawler.NOTE, **mediacrawler.NEW, "note_id": str(n)} for n in (1, 2, 3)], "note_id", "content", UNIX_TIMES, "create_time",
    ),
    "mastodon": Sample(
        "mastodon", "statuses.json", "mastodon", [saved.status(n, LEE) for n in (1, 2, 3)], "id", "content",
        ("1970-01-02T00:00:00Z", "2099-01-02T00:00:00Z"), "created_at",
    ),
    "discourse": Sample(
        "discourse", "topic.json", "discourse", [saved.post(n, "lee") for n in (1, 2, 3)], "id", "cooked",
        ("1970-01-02T00:00:00Z", "2099-01-02T00:00:00Z"), "created_at",
        whole=lambda items: {"id": 5, "title": "t", "post_stream": {"posts": items, "stream": [1, 2, 3]}},
    ),
    "zhihu-hot": Sample(
        "zhihu-hot", "questions.jsonl", "zhihu-hot",
        [{"date": "2024-04-22", "rank": n, "question_id": str(n), "title": f"题{n}", "excerpt": "说明", "heat": "46 万热度"} for n in (1, 2, 3)],
        "title", "excerpt", ("1970-01-02", "2099-01-02"), "date", "keywords",
    ),
    "table csv": Sample(
        "table", "posts.csv", "table", [{"编号": str(n), "用户ID": "7", "正文": "帐篷很好", "时间": "2024-05-01 10:00"} for n in (1, 2, 3)],
        "编号", "正文", ("1970-01-02 08:00", "2099-01-02 08:00"), "时间", mapped="posts",
    ),
    "table parquet": Sample(
        "table", "posts.parquet", "table", [{"编号": str(n), "用户ID": "7", "正文": "帐篷很好", "时间": "2024-05-01 10:00"} for n in (1, 2, 3)],
        "编号", "正文", CHINA_TIMES, "时间", mapped="posts",
    ),
    "table jsonl": Sample(
        "table", "posts.jsonl", "table", [{"编号": str(n), "用户ID": "7", "正文": "帐篷很好", "时间": "2024-05-01 10:00"} for n in (1, 2, 3)],
        "编号", "正文", ("1970-01-02 08:00", "2099-01-02 08:00"), "时间", mapped="posts",
    ),
}  # fmt: skip
TEXTS = {name: sample for name, sample in SAMPLES.items() if sample.is_text}
EACH = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
EACH_TEXT = pytest.mark.parametrize("sample", TEXTS.values(), ids=TEXTS)


@pytest.fixture
def take(home: Home, tmp_path: Path) -> Take:
    """Import bytes as the file of a sample."""

    def one(sample: Sample, body: bytes) -> RunReport | str:
        allow(home, "s", sample.kind, timezone="Asia/Shanghai")
        path = tmp_path / "in" / sample.file
        path.parent.mkdir(parents=True)
        path.write_bytes(body)
        options = Options(
            "s", table=sample.mapped, profiles_checked=True, columns=MAP if sample.mapped else {}
        )
        try:
            [report] = import_files(home, [path], sample.format, options)
        except BadInputError as error:
            return error.message
        return report

    return one


def good(report: RunReport | str) -> RunReport:
    """The report of a file that must not be refused whole."""
    assert not isinstance(report, str), report
    return report


def kept(home: Home, sample: Sample) -> list[str]:
    """What the rows say that are in the lake."""
    lake, column = Lake(home), "description" if sample.table == "keywords" else "text"
    if not lake.exists(sample.table):
        return []
    return [text or "" for text in lake.read(sample.table)[column].to_list()]


def reasons(home: Home) -> list[str]:
    return Lake(home).read("rejects")["reason"].to_list() if Lake(home).exists("rejects") else []


@EACH
def test_a_good_file(home: Home, take: Take, sample: Sample) -> None:
    report = good(take(sample, sample.packed(sample.items)))
    assert (report.status, report.rejected, len(kept(home, sample))) == ("ok", {}, 3)


@EACH_TEXT
def test_a_byte_order_mark_is_no_part_of_the_file(home: Home, take: Take, sample: Sample) -> None:
    report = good(take(sample, b"\xef\xbb\xbf" + sample.body(sample.items).encode()))
    assert (report.status, report.rejected, len(kept(home, sample))) == ("ok", {}, 3)


@EACH_TEXT
def test_gbk_is_read_or_told(home: Home, take: Take, sample: Sample) -> None:
    """Programs for spreadsheets write CSV so; JSON in GBK is a fault, and nothing is guessed."""
    body = sample.body(sample.items).encode("gbk")
    if sample.file.endswith(".csv"):
        assert good(take(sample, body)).rejected == {}
        assert len(kept(home, sample)) == 3
        return
    report = take(sample, body)
    if isinstance(report, str):
        assert report.endswith("is not UTF-8; it reads as GBK.")
    else:
        assert kept(home, sample) == []
        assert all(reason.endswith("is not UTF-8; it reads as GBK") for reason in reasons(home))
        assert len(reasons(home)) >= 3


@EACH
@pytest.mark.parametrize("when", [0, 1], ids=["1970", "2099"])
def test_times_that_cannot_be_are_refused(home: Home, take: Take, sample: Sample, when: int) -> None:
    report = good(take(sample, sample.packed(sample.spoilt(**{sample.time: sample.times[when]}))))
    assert (report.status, len(kept(home, sample)), report.counts["rejected"]) == ("ok", 2, 1)
    (reason,) = reasons(home)
    assert reason.endswith(BAD_TIME) or reason == "the row has no time that can be read"


@EACH
def test_a_hundred_thousand_characters_and_one(home: Home, take: Take, sample: Sample) -> None:
    report = good(take(sample, sample.packed(sample.spoilt(**{sample.text: "长" * 100_001}))))
    assert (report.status, len(kept(home, sample))) == ("ok", 2)
    (reason,) = report.rejected
    assert reason.endswith("is longer than 100000 characters")


@EACH
def test_nul_bytes_and_control_characters_go(home: Home, take: Take, sample: Sample) -> None:
    report = good(take(sample, sample.packed(sample.spoilt(**{sample.text: "好\x00\x07\x1b的"}))))
    assert (report.status, report.counts["rejected"]) == ("ok", 0)
    assert sorted(kept(home, sample)).count("好的") == 1


@EACH
def test_an_id_that_comes_twice_counts_once(home: Home, take: Take, sample: Sample) -> None:
    again = sample.spoilt(**{sample.id: sample.items[0][sample.id], sample.text: "另一段"})
    if sample.table == "keywords":
        again[1]["rank"] = again[0]["rank"]
    assert good(take(sample, sample.packed(again))).status == "ok"
    assert len(kept(home, sample)) == 2
    assert "另一段" in kept(home, sample), "the latest of it stays"


@EACH_TEXT
def test_half_a_character_costs_its_row_at_most(home: Home, take: Take, sample: Sample) -> None:
    body = sample.body(sample.spoilt(**{sample.text: f"半{HALF}个"}))
    report = good(take(sample, body.encode("utf-8", "surrogatepass")))
    assert report.status == "ok"
    assert len(kept(home, sample)) + report.counts["rejected"] == 3
    assert not [text for text in kept(home, sample) if HALF in text]


@EACH_TEXT
def test_deep_nesting_costs_its_row_at_most(home: Home, take: Take, sample: Sample) -> None:
    """Where a file is one answer of an API, it costs that file, in clear words."""
    if sample.file.endswith(".csv"):
        body = sample.body(sample.spoilt(**{sample.text: "[" * 50_000}))
        assert good(take(sample, body.encode())).status == "ok"
        assert len(kept(home, sample)) == 3
        return
    body = sample.body(sample.spoilt(**{sample.text: "DEEP"})).replace('"DEEP"', "[" * 50_000 + "]" * 50_000)
    report = take(sample, body.encode())
    if isinstance(report, str):
        assert "depth limit" in report
    else:
        assert report.counts["rejected"] == 1
        assert len(kept(home, sample)) == 2


@EACH_TEXT
def test_a_gzip_that_breaks_off_is_told(home: Home, take: Take, sample: Sample) -> None:
    rows = [{**sample.items[0], sample.id: str(4_000_000 + n * 7919)} for n in range(3000)]
    packed = gzip.compress(sample.body(rows).encode())
    report = take(sample, packed[: len(packed) * 2 // 3])
    if isinstance(report, str):
        assert "breaks off" in report
    else:
        assert report.status == "truncated"
        assert "the compressed data breaks off" in report.message
        assert kept(home, sample), "what stands before the damage"


@pytest.mark.parametrize("name", [name for name in SAMPLES if not SAMPLES[name].is_text])
@pytest.mark.parametrize("share", [0.9, 0.5, 0.02])
def test_a_database_or_parquet_that_is_cut_off_is_told(
    home: Home, take: Take, name: str, share: float
) -> None:
    whole = SAMPLES[name].packed(SAMPLES[name].items * 400)
    report = take(SAMPLES[name], whole[: int(len(whole) * share)])
    if not isinstance(report, str):
        assert report.status == "truncated"
        assert "breaks off" in report.message


@EACH
@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>log in</body></html>", "web page"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "no text"),
        ("帖子".encode("utf-16"), "UTF-16"),
    ],
    ids=["empty", "html", "png", "utf-16"],
)
def test_what_is_something_else_is_named(
    home: Home, take: Take, sample: Sample, body: bytes, says: str
) -> None:
    report = take(sample, body)
    if isinstance(report, str):
        other = ("no column", "can't be read as Parquet") if sample.format == "table" else ()
        assert any(words in report for words in (says, *other))
        assert ".." not in report
    else:
        assert (report.status, kept(home, sample)) == ("empty", [])
        assert reasons(home)
