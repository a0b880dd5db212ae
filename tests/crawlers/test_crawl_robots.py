from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from scrapy.exceptions import DownloadCancelledError

from crawlers.middlewares import says_noindex, seconds_to_wait
from crawlers.robots_rules import MAX_BYTES, read_rules
from crawlers.robots_store import origin_of
from crawlers.spiders.base import plain_reason
from privacy.errors import BadInputError
from tests.crawlers.robots_cases import CASES

PAGE = "http://h/open/page"


@pytest.mark.parametrize(
    ("status", "body", "kind", "allowed"),
    [
        (200, b"User-agent: *\nDisallow: /private\n", "text/plain", True),
        (200, b"User-agent: *\nDisallow: /\n", "text/plain", False),
        (200, b"User-agent: renqun\nDisallow: /open\n\nUser-agent: *\nAllow: /\n", "text/plain", False),
        (200, b"", "text/plain", True),
        (200, b"<!DOCTYPE html><html>login</html>", "text/html; charset=utf-8", False),
        (200, b"\xff\xfe\x00garbage", "application/octet-stream", True),
        (301, b"", "", False),
        (401, b"", "", True),
        (403, b"", "", True),
        (404, b"<html>none</html>", "text/html", True),
        (429, b"", "", False),
        (500, b"", "", False),
        (503, b"User-agent: *\nAllow: /\n", "text/plain", False),
    ],
)
def test_what_cannot_be_read_forbids(status: int, body: bytes, kind: str, allowed: bool) -> None:
    assert (read_rules(status, body, kind, "renqun").why_not(PAGE) is None) is allowed


def test_only_the_first_500_kib_of_a_huge_file_count() -> None:
    filler = b"# " + b"x" * 97 + b"\n"
    before = b"User-agent: *\nDisallow: /open\n" + filler * 60_000
    after = b"User-agent: *\n" + filler * (MAX_BYTES // 100 + 2) + b"Disallow: /open\n"
    assert len(before) > 5_000_000
    assert read_rules(200, before, "text/plain", "renqun").why_not(PAGE)
    assert read_rules(200, after, "text/plain", "renqun").why_not(PAGE) is None


@pytest.mark.parametrize(
    ("lines", "agent", "path", "allowed"),
    [
        pytest.param(lines, *asked, allowed, id=f"{name}: {asked[0]} {asked[1][:40]}")
        for name, lines, cases in CASES
        for asked, allowed in cases.items()
    ],
)
def test_published_cases(lines: tuple[str, ...], agent: str, path: str, allowed: bool) -> None:
    rules = read_rules(200, "\n".join(lines).encode(), "text/plain", agent)
    assert (rules.why_not(f"http://foo.bar{path}") is None) is allowed


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\xef\xbb", b"\xef"])
def test_line_ends_and_byte_order_marks(start: bytes, end: bytes) -> None:
    lines = (b"User-Agent: foo", b"Allow: /some/path", b"User-Agent: bar", b"", b"", b"Disallow: /")
    body = start + end.join(lines)
    assert read_rules(200, body, "", "foo").why_not("http://h/any") is None
    assert read_rules(200, body, "", "bar").why_not("http://h/any")
    first = start + end.join(lines[2:])
    assert read_rules(200, first, "", "bar").why_not("http://h/any")


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        (b"User-agent: renqun", True),
        (b"User-agent: RenQun/2.0 (any)", True),
        (b"User-agent: *", True),
        (b"User-agent: ren", False),
        (b"User-agent: renqunbot", False),
        (b"User-agent: my-renqun", False),
    ],
)
def test_only_the_whole_product_token_names_us(line: bytes, ours: bool) -> None:
    rules = read_rules(200, line + b"\nDisallow: /open\n", "", "renqun")
    assert bool(rules.why_not(PAGE)) is ours


def test_paths_in_gbk_are_compared_byte_by_byte() -> None:
    body = "User-agent: *\nDisallow: /论坛\n".encode("gb18030")
    asked = f"http://h/{quote('论坛', encoding='gb18030')}/1"
    assert read_rules(200, body, "", "renqun").why_not(asked)
    assert read_rules(200, body, "", "renqun").why_not("http://h/forum") is None


def test_a_letter_encoded_without_need_is_refused_by_either_reading() -> None:
    rules = read_rules(200, b"User-agent: *\nDisallow: /%62oard\n", "", "renqun")
    assert rules.why_not("http://h/board")
    assert rules.why_not("http://h/%62oard")


def test_crawl_delay_is_that_of_our_group_and_ends_no_list_of_agents() -> None:
    body = b"User-agent: renqun\nCrawl-delay: 3\nUser-agent: other\nCrawl-delay: 9\nDisallow: /open\n"
    rules = read_rules(200, body, "", "renqun")
    assert rules.crawl_delay == 9, "the second line stands in a group of both"
    assert rules.why_not(PAGE)
    assert read_rules(200, b"User-agent: other\nCrawl-delay: 9\n", "", "renqun").crawl_delay == 0
    assert read_rules(200, b"User-agent: *\nCrawl-delay: soon\n", "", "renqun").crawl_delay == 0


def test_crawl_delay_is_read() -> None:
    assert read_rules(200, b"User-agent: *\nCrawl-delay: 2.5\n", "", "renqun").crawl_delay == 2.5
    assert read_rules(200, b"User-agent: *\nDisallow:\n", "", "renqun").crawl_delay == 0.0


@pytest.mark.parametrize(
    ("header", "forbids"),
    [
        ("noindex", True),
        ("nofollow, NOINDEX", True),
        ("none", True),
        ("renqun: noindex", True),
        ("googlebot: noindex", False),
        ("unavailable_after: 25 Jun 2030 15:00:00 GMT", False),
        ("noindex, unavailable_after: Friday, 25-Jun-30 15:00:00 GMT", True),
        ("unavailable_after: Friday, 25-Jun-30 15:00:00 GMT, noindex", True),
        ("noindex, max-snippet: 20", True),
        ("max-image-preview:large, noindex", True),
        ("max-snippet: -1, nofollow", False),
        ("*: noindex", True),
        ("googlebot: noindex, nofollow", False),
        ("googlebot: nofollow, renqun: noindex", True),
        ("renqun: nofollow, googlebot: noindex", False),
        ("nofollow", False),
        ("", False),
    ],
)
def test_noindex_headers(header: str, forbids: bool) -> None:
    assert says_noindex(header) is forbids


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/api/v1/accounts/7", "/api/…"),
        ("/u/amy.json", "/u/…"),
        ("/search.json?q=amy", "/search.json"),
        ("/", "/"),
        ("/private/", "/private/"),
        ("/@amy", "/…"),
        ("/@amy/7", "/…"),
        ("/amy", "/…"),
        ("/1234567/follow", "/…"),
        ("/space-uid-5.html", "/…"),
        ("/thread-12-1-1.html", "/…"),
    ],
)
def test_a_refusal_names_no_person(path: str, shown: str) -> None:
    rules = read_rules(200, b"User-agent: *\nDisallow: /\n", "", "renqun")
    assert rules.why_not(f"http://h{path}") == f"robots.txt of h disallows {shown}"


def test_a_failed_download_is_told_without_its_address() -> None:
    whole = "Expected to receive 9 bytes which is larger than download max size (8) in request <GET http://h/@amy>."
    assert plain_reason(DownloadCancelledError(whole)) == "the answer is larger than 16 MB"
    assert plain_reason(ValueError("no way to http://h/@amy, sorry")) == "ValueError: no way to … sorry"


@pytest.mark.parametrize("rest", ["", "/", "/a/b?c", "?c", "#d", "#d/e"])
def test_the_origin_of_an_address(rest: str) -> None:
    assert origin_of(f"https://h:8443{rest}") == "https://h:8443"
    with pytest.raises(BadInputError):
        origin_of(rest)


def test_waits_in_all_their_forms() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert seconds_to_wait(b"7", now) == 7
    assert seconds_to_wait(b"2026-01-01T00:00:09.000Z", now) == 9
    assert seconds_to_wait(b"Thu, 01 Jan 2026 00:00:05 GMT", now) == 5
    assert seconds_to_wait(str(now.timestamp() + 3).encode(), now) == pytest.approx(3)
    assert seconds_to_wait(b"2025-01-01T00:00:00Z", now) == 0
    assert seconds_to_wait(b"soon", now) is None
    assert seconds_to_wait(None) is None
