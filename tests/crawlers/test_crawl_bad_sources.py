"""Every way in which a source may misbehave, for the spiders that read more than JSON timelines: each ends in clear words.

A sample is what one spider reads well; each test spoils it in one way.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lake.store import Lake
from privacy.home import Home
from privacy.policies import add_policy
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, job, policy
from tests.crawlers.feeds import RSS
from tests.crawlers.weibo_api import TOKEN, status

Start = Callable[[Answer], Faulty]
QUICK = ("retries=0", "backoff=0.01", "timeout=10")


@dataclass(frozen=True)
class Sample:
    """A body that a spider reads: where its rows go, how many it holds, and how it reads in GBK."""

    spider: str
    path: str
    body: str
    table: str
    rows: int
    parameters: tuple[str, ...] = ()
    padding: str = " "
    deep: str = "[" * 100_000
    in_gbk: str = ""  # why GBK is refused; empty: it is read


WEIBO_BODY = json.dumps({"statuses": [status(2, 1), status(1, 1)], "total_number": 2}, ensure_ascii=False)
HOT = json.dumps(
    {"ok": 1, "data": {"realtime": [{"word": "露营", "num": 9}, {"word": "咖啡豆推荐", "num": 8}]}},
    ensure_ascii=False,
)
SAMPLES = {
    "suggest": Sample(
        "keywords",
        "/su",
        'window.baidu.sug({q:"露营",p:false,s:["露营装备清单","露营地推荐"]});',
        "keywords",
        1,
        ("shape=su", "terms=露营"),
        deep='f({q:"露营",s:' + "[" * 100_000,
    ),
    "pageviews": Sample(
        "keywords",
        "/metrics",
        '{"items": [{"article": "露营地", "timestamp": "2026010100", "views": 7}]}',
        "keywords",
        1,
        ("shape=pageviews", "terms=露营"),
        in_gbk="not JSON",
    ),
    "hotlist": Sample("hotlist", "/hotSearch", HOT, "keywords", 2, ("list=hotSearch",), in_gbk="not JSON"),
    "weibo": Sample(
        "weibo",
        "/statuses/public_timeline.json",
        WEIBO_BODY,
        "posts",
        2,
        deep='{"statuses": ' * 100_000,
        in_gbk="not JSON",
    ),
    "feed": Sample(
        "feed", "/feed.xml", RSS, "posts", 2, ("feeds=feed.xml",), "<!-- padding -->", "<a>" * 100_000
    ),
}
EACH = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the spider that needs one."""
    monkeypatch.setenv("RENQUN_WEIBO_TOKEN", TOKEN)


def crawl(home: Home, server: Faulty, sample: Sample) -> dict[str, object]:
    """Crawl the sample's source to the end."""
    add_policy(home, policy("odd", server.url, sample.spider, timezone="Asia/Shanghai"))
    report = job(home, sample.spider, *QUICK, *sample.parameters, source="odd")[1]
    assert report, "the crawl ends with a report whatever it met"
    return report


def only(sample: Sample, answer: Callable[[Visit], None]) -> Answer:
    """robots.txt allows all; the sample's page is the test's; there is nothing else."""

    def give(visit: Visit) -> None:
        if visit.path.startswith(sample.path):
            answer(visit)
        else:
            visit.give(b"", 404)

    return give


def kept(home: Home, table: str) -> int:
    return Lake(home).read(table).height


def reasons(home: Home) -> list[str]:
    return Lake(home).read("rejects")["reason"].to_list()


@EACH
@pytest.mark.parametrize("kind", ["image/png", "text/html; charset=utf-8", ""])
def test_a_wrong_content_type_hides_nothing(faulty: Start, home: Home, sample: Sample, kind: str) -> None:
    body = sample.body.encode()
    server = faulty(only(sample, lambda visit: visit.give(body, headers={"Content-Type": kind})))
    assert crawl(home, server, sample)["status"] == "ok"
    assert kept(home, sample.table) == sample.rows


@EACH
def test_a_wrong_charset_is_read_or_refused(faulty: Start, home: Home, sample: Sample) -> None:
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    body = sample.body.encode("gbk")
    report = crawl(home, faulty(only(sample, lambda visit: visit.give(body, headers=headers))), sample)
    if sample.in_gbk:
        assert sample.in_gbk in str(report["message"])
        assert len([reason for reason in reasons(home) if sample.in_gbk in reason]) == 1
    else:
        assert kept(home, sample.table) == sample.rows


@EACH
def test_a_truncated_gzip_is_told(faulty: Start, home: Home, sample: Sample) -> None:
    packed = gzip.compress(sample.body.encode())
    half = packed[: len(packed) * 2 // 3]
    server = faulty(only(sample, lambda visit: visit.give(half, headers={"Content-Encoding": "gzip"})))
    report = crawl(home, server, sample)
    assert report["status"] == "failed"
    assert "cut off" in str(report["message"])
    assert kept(home, "rejects") == 1, "the page is kept with its reason"


@EACH
def test_ten_megabytes_are_read(faulty: Start, home: Home, sample: Sample) -> None:
    body = sample.body.encode() + sample.padding.encode() * (10_000_000 // len(sample.padding))
    assert crawl(home, faulty(only(sample, lambda visit: visit.give(body))), sample)["status"] == "ok"
    assert kept(home, sample.table) == sample.rows


@EACH
def test_a_page_beyond_the_limit_is_refused(faulty: Start, home: Home, sample: Sample) -> None:
    body = sample.body.encode() + b" " * 17_000_000
    report = crawl(home, faulty(only(sample, lambda visit: visit.give(body))), sample)
    assert (report["status"], kept(home, "rejects")) == ("failed", 1)
    assert "larger than" in str(report["message"])


@EACH
def test_deep_nesting_is_refused(faulty: Start, home: Home, sample: Sample) -> None:
    report = crawl(home, faulty(only(sample, lambda visit: visit.give(sample.deep.encode()))), sample)
    assert (report["status"], kept(home, "rejects"), kept(home, sample.table)) == ("failed", 1, 0)


@EACH
def test_nothing_follows_to_another_host(faulty: Start, home: Home, sample: Sample) -> None:
    there = {"Location": f"http://localhost:9{sample.path}"}
    report = crawl(home, faulty(only(sample, lambda visit: visit.give(b"", 302, there))), sample)
    assert report["status"] == "blocked"
    assert "no policy entry covers http://localhost:9" in str(report["message"])
