from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawlers.middlewares import says_noindex, seconds_to_wait
from crawlers.robots import MAX_BYTES, read_rules

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
    assert (read_rules(status, body, kind, "renqun").why_not(PAGE, "renqun") is None) is allowed


def test_only_the_first_500_kib_of_a_huge_file_count() -> None:
    filler = b"# " + b"x" * 97 + b"\n"
    before = b"User-agent: *\nDisallow: /open\n" + filler * 60_000
    after = b"User-agent: *\n" + filler * (MAX_BYTES // 100 + 2) + b"Disallow: /open\n"
    assert len(before) > 5_000_000
    assert read_rules(200, before, "text/plain", "renqun").why_not(PAGE, "renqun")
    assert read_rules(200, after, "text/plain", "renqun").why_not(PAGE, "renqun") is None


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
        ("nofollow", False),
        ("", False),
    ],
)
def test_noindex_headers(header: str, forbids: bool) -> None:
    assert says_noindex(header) is forbids


def test_waits_in_all_their_forms() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert seconds_to_wait(b"7", now) == 7
    assert seconds_to_wait(b"2026-01-01T00:00:09.000Z", now) == 9
    assert seconds_to_wait(b"Thu, 01 Jan 2026 00:00:05 GMT", now) == 5
    assert seconds_to_wait(str(now.timestamp() + 3).encode(), now) == pytest.approx(3)
    assert seconds_to_wait(b"2025-01-01T00:00:00Z", now) == 0
    assert seconds_to_wait(b"soon", now) is None
    assert seconds_to_wait(None) is None
