"""Every way in which a source may misbehave, for every spider: each ends in clear words.

A sample is what one spider reads well; each test spoils it in one way.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from lake.store import Lake
from privacy.home import Home
from privacy.policies import add_policy
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, job, policy
from tests.crawlers.source_samples import SAMPLES, Sample
from tests.crawlers.weibo_api import TOKEN

Start = Callable[[Answer], Faulty]
QUICK = ("retries=0", "backoff=0.01", "timeout=60")  # no test waits so long, but a machine may stand still
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


EACH = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the spider that needs one."""
    monkeypatch.setenv("RENQUN_WEIBO_TOKEN", TOKEN)


def crawl(home: Home, server: Faulty, sample: Sample) -> dict[str, object]:
    """Crawl the sample's source to the end."""
    kind = "phpbb" if sample.spider == "forum" else sample.spider
    add_policy(home, policy("odd", server.url, kind, timezone="Asia/Shanghai"))
    report = job(home, sample.spider, *QUICK, *sample.parameters, source="odd")[1]
    assert report, "the crawl ends with a report whatever it met"
    return report


def only(sample: Sample, answer: Callable[[Visit], None]) -> Answer:
    """robots.txt allows all; the sample's page is the test's; there is nothing else but what leads to it."""

    def give(visit: Visit) -> None:
        leads = next((body for path, body in sample.paths.items() if visit.path.startswith(path)), None)
        if visit.path.startswith(sample.path):
            answer(visit)
        elif leads is not None:
            visit.give(leads.encode(), headers={"Content-Type": "text/plain; charset=utf-8"})
        else:
            visit.give(b"", 404)

    return give


def kept(home: Home, table: str) -> int:
    return Lake(home).read(table).height


def reasons(home: Home) -> list[str]:
    return Lake(home).read("rejects")["reason"].to_list()


@EACH
@pytest.mark.parametrize("kind", ["image/png", "text/html; charset=utf-8"])
def test_a_wrong_content_type_hides_nothing(faulty: Start, home: Home, sample: Sample, kind: str) -> None:
    body = sample.body.encode()
    server = faulty(only(sample, lambda visit: visit.give(body, headers={"Content-Type": kind})))
    report = crawl(home, server, sample)
    if sample.as_image and kind == "image/png":
        assert (report["status"], kept(home, "rejects")) == ("failed", 1)
        assert sample.as_image in str(report["message"])
    else:
        assert (report["status"], kept(home, sample.table)) == ("ok", sample.rows)


@EACH
def test_a_wrong_charset_is_read_or_refused(faulty: Start, home: Home, sample: Sample) -> None:
    body = sample.body.encode("gbk")
    report = crawl(home, faulty(only(sample, lambda visit: visit.give(body, headers=PLAIN))), sample)
    if sample.in_gbk:
        assert sample.in_gbk in str(report["message"])
        assert len([reason for reason in reasons(home) if sample.in_gbk in reason]) == 1
    else:
        assert kept(home, sample.table) == sample.rows


@EACH
def test_a_truncated_gzip_is_told(faulty: Start, home: Home, sample: Sample) -> None:
    packed = gzip.compress(sample.body.encode())
    half = packed[: len(packed) * 2 // 3]
    server = faulty(
        only(sample, lambda visit: visit.give(half, headers=PLAIN | {"Content-Encoding": "gzip"}))
    )
    report = crawl(home, server, sample)
    assert report["status"] == "failed"
    assert "cut off" in str(report["message"])
    assert kept(home, "rejects") == 1, "the page is kept with its reason"


@EACH
def test_ten_megabytes_are_read(faulty: Start, home: Home, sample: Sample) -> None:
    body = sample.padded(10_000_000).encode()
    assert (
        crawl(home, faulty(only(sample, lambda visit: visit.give(body, headers=PLAIN))), sample)["status"]
        == "ok"
    )
    assert kept(home, sample.table) == sample.rows


@EACH
def test_a_page_beyond_the_limit_is_refused(faulty: Start, home: Home, sample: Sample) -> None:
    body = sample.body.encode() + b" " * 17_000_000
    report = crawl(home, faulty(only(sample, lambda visit: visit.give(body))), sample)
    assert (report["status"], kept(home, "rejects")) == ("failed", 1)
    assert "larger than" in str(report["message"])


@EACH
def test_deep_nesting_is_refused(faulty: Start, home: Home, sample: Sample) -> None:
    body = sample.deep.encode()
    report = crawl(home, faulty(only(sample, lambda visit: visit.give(body, headers=PLAIN))), sample)
    assert (report["status"], kept(home, "rejects"), kept(home, sample.table)) == ("failed", 1, 0)


@EACH
def test_nothing_follows_to_another_host(faulty: Start, home: Home, sample: Sample) -> None:
    there = {"Location": f"http://localhost:9{sample.path}"}
    report = crawl(home, faulty(only(sample, lambda visit: visit.give(b"", 302, there))), sample)
    assert report["status"] == "blocked"
    assert "no policy entry covers http://localhost:9" in str(report["message"])


@EACH
def test_a_byte_order_mark_is_no_part_of_the_page(faulty: Start, home: Home, sample: Sample) -> None:
    body = b"\xef\xbb\xbf" + sample.body.encode()
    report = crawl(home, faulty(only(sample, lambda visit: visit.give(body, headers=PLAIN))), sample)
    assert (report["status"], kept(home, sample.table)) == ("ok", sample.rows)


@pytest.mark.parametrize("name", [name for name, sample in SAMPLES.items() if sample.words])
def test_a_text_of_more_than_a_hundred_thousand_characters_costs_its_row(
    faulty: Start, home: Home, name: str
) -> None:
    sample = SAMPLES[name]
    body = sample.body.replace(sample.words, "长" * 100_001, 1).encode()
    report = crawl(home, faulty(only(sample, lambda visit: visit.give(body, headers=PLAIN))), sample)
    assert (report["status"], kept(home, sample.table)) == (
        "ok" if sample.rows > 1 else "empty",
        sample.rows - 1,
    )
    (reason,) = {reason for reason in reasons(home) if "100000" in reason}
    assert reason.endswith("is longer than 100000 characters")


@EACH
def test_odd_rows_are_told_and_the_rest_is_kept(faulty: Start, home: Home, sample: Sample) -> None:
    """One id twice, times of 1970 and 2099, half a character, control characters."""
    body = sample.odd.encode()
    report = crawl(home, faulty(only(sample, lambda visit: visit.give(body, headers=PLAIN))), sample)
    assert report["status"] == "ok"
    assert kept(home, sample.table) == sample.odd_rows
    assert sorted(reasons(home)) == sorted(sample.odd_reasons)
    rows = Lake(home).read(sample.table)
    assert not [
        text for text in map(str, rows.iter_rows()) if "\\x07" in text or "\\x00" in text or "另" in text
    ][1:]
