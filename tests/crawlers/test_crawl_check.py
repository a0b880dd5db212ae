"""`renqun sources check`: robots.txt is asked, no page is, and the answer holds for the crawl that follows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawlers.registry import SPIDERS
from crawlers.run import CrawlRefusedError, check
from privacy.errors import NoPolicyError
from privacy.home import Home
from privacy.policies import add_policy, load_policies
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, job, policy

Start = Callable[[Answer], Faulty]
TEXT = {"Content-Type": "text/plain"}


def robots(body: bytes, status: int = 200) -> Answer:
    def answer(visit: Visit) -> None:
        visit.give(body, status, TEXT) if visit.path == "/robots.txt" else visit.give(b"[]")

    return answer


def test_the_first_addresses_the_pace_and_nothing_else(faulty: Start, home: Home) -> None:
    server = faulty(robots(b"User-agent: *\nCrawl-delay: 7\nDisallow: /api/v1/trends\n"))
    add_policy(home, policy("s", server.url, "mastodon", rate=2.0, concurrency=4))
    found = check(home, "s")
    said = {address.url.removeprefix(server.url): address.why_not for address in found.addresses}
    assert said["/api/v1/timelines/public?limit=40"] is None
    assert "disallows /api/…" in str(said["/api/v1/trends/tags?limit=20"])
    assert (found.crawl_delay, found.seconds, found.concurrency) == (7, 7, 1)
    assert server.seen == ["/robots.txt"]
    check(home, "s")
    assert server.seen == ["/robots.txt"] * 2, "a check asks now"
    job(home, "mastodon", "pages=1", source="s")
    assert server.seen.count("/robots.txt") == 2, "and its answer holds for the crawl"


def test_without_a_delay_the_entry_sets_the_pace(faulty: Start, home: Home) -> None:
    server = faulty(robots(b"", 404))
    add_policy(home, policy("s", server.url, "discourse", rate=0.5, concurrency=2))
    found = check(home, "s")
    assert (found.crawl_delay, found.seconds, found.concurrency) == (0, 2, 2)
    assert [address.why_not for address in found.addresses] == [None]


def test_an_unreachable_robots_txt_refuses_everything(faulty: Start, home: Home) -> None:
    server = faulty(robots(b"", 503))
    add_policy(home, policy("s", server.url, "mastodon"))
    found = check(home, "s")
    assert found.unreachable
    assert all("answered 503" in str(address.why_not) for address in found.addresses)


def test_what_is_imported_is_not_asked_for(faulty: Start, home: Home) -> None:
    server = faulty(robots(b""))
    add_policy(home, policy("s", server.url, "weibo-hot"))
    assert "imported from files" in check(home, "s").note
    assert server.seen == []


def test_a_source_elsewhere_needs_a_contact(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RENQUN_CONTACT", raising=False)
    add_policy(home, policy("s", "https://example.invalid", "mastodon"))
    with pytest.raises(CrawlRefusedError, match="names no contact"):
        check(home, "s")
    with pytest.raises(NoPolicyError):
        load_policies(home).for_source("t")


@pytest.mark.parametrize("kind", [*SPIDERS, "phpbb"])
def test_every_kind_of_spider_can_be_checked(faulty: Start, home: Home, kind: str) -> None:
    server = faulty(robots(b"User-agent: *\nDisallow:\n"))
    add_policy(home, policy("s", server.url, kind))
    found = check(home, "s")
    assert found.addresses
    assert not any(address.why_not for address in found.addresses)
    assert server.seen == ["/robots.txt"]
