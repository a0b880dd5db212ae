"""Whole crawls of a small forum that speaks NodeBB's API: what they read, and what narrows them."""

from __future__ import annotations

import polars as pl
import pytest

from lake.store import Lake
from privacy.brands import Brand, BrandRole, write_brands
from privacy.home import Home
from privacy.policies import add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import ids, policy
from tests.crawlers.nodebb_forum import Forum, Start, crawled, forum

__all__ = ["forum"]


def follows(home: Home) -> set[tuple[str, str]]:
    if not Lake(home).exists("edges"):
        return set()
    edges = Lake(home).read("edges").filter(pl.col("kind") == "follow")
    return set(edges.select("src", "dst").rows())


def test_a_whole_forum_with_its_follow_graph(faulty: Start, home: Home, forum: Forum) -> None:
    add_policy(home, policy("nodebb", faulty(forum.answer).url, "nodebb"))
    report = crawled(home)
    assert report["status"] == "ok"
    names, lake = Pseudonyms.open(home), Lake(home)
    wanted = {
        names.post("nodebb", str(one["pid"])) for made in forum.topics.values() for one in made["posts"]
    }
    assert set(ids(home)) == wanted, "also topics beyond what /api/recent knows, and posts on later pages"

    def uid(slug: str) -> str:
        return names.account("nodebb", str(forum.people[slug]["uid"]))

    assert follows(home) == {(uid(one), uid(other)) for one, many in forum.follows.items() for other in many}
    assert set(lake.read("accounts")["id"]) == {uid(slug) for slug in forum.people}
    mentions = lake.read("edges").filter(pl.col("kind") == "mention").select("src", "dst").rows()
    assert mentions == [(uid("sun"), uid("ann"))], "ann wrote nothing, her profile tells her number"
    replies = lake.read("edges").filter(pl.col("kind") == "reply").select("src", "dst").unique().rows()
    assert replies == [(uid("kim"), uid("lee"))]


@pytest.mark.parametrize("write_api", [True, False])
def test_categories_below_one_that_its_page_does_not_list(
    faulty: Start, home: Home, forum: Forum, write_api: bool
) -> None:
    forum.below, forum.write_api = (10, 11, 12, 13, 14), write_api
    forum.recent = 1
    for number in forum.below:
        forum.topic(number, number, ("lee", "<p>下面的</p>"))
    forum.topic(99, 2, ("lee", "<p>最新的</p>"))
    add_policy(home, policy("nodebb", faulty(forum.answer).url, "nodebb"))
    crawled(home)
    names = Pseudonyms.open(home)
    listed = forum.below if write_api else forum.below[:2]
    there = {names.post("nodebb", str(number * 100)) for number in forum.below}
    assert there & set(ids(home)) == {names.post("nodebb", str(number * 100)) for number in listed}
    rejects = Lake(home).read("rejects")["reason"].to_list() if Lake(home).exists("rejects") else []
    assert [reason.startswith("the forum lists only the first") for reason in rejects] == [True] * (
        not write_api
    )


def test_a_second_crawl_reads_what_changed(faulty: Start, home: Home, forum: Forum) -> None:
    server = faulty(forum.answer)
    add_policy(home, policy("nodebb", server.url, "nodebb"))
    crawled(home)
    before = len(server.seen)
    assert crawled(home)["counts"]["fetched"] == 5, "the categories and the lists alone"
    assert not [path for path in server.seen[before:] if "/topic/" in path]
    forum.reply(1, "ben", "<p>新</p>")
    before = len(server.seen)
    crawled(home)
    asked = server.seen[before:]
    assert {path.split("?")[0] for path in asked if "/topic/" in path} == {"/api/topic/1"}
    new = Pseudonyms.open(home).post("nodebb", "105")
    assert new in ids(home)
    assert len(ids(home)) == len(set(ids(home))) == 10


def test_since_and_tags_narrow(faulty: Start, home: Home, forum: Forum) -> None:
    add_policy(home, policy("nodebb", faulty(forum.answer).url, "nodebb"))
    names = Pseudonyms.open(home)
    crawled(home, "tags=露营", "since=2026-01-02T00:05", "follows=none")
    assert set(ids(home)) == {names.post("nodebb", pid) for pid in ("104", "400")}
    assert not follows(home)


def test_categories_and_authors_alone(faulty: Start, home: Home, forum: Forum) -> None:
    add_policy(home, policy("nodebb", faulty(forum.answer).url, "nodebb"))
    names = Pseudonyms.open(home)
    crawled(home, "categories=2", "follows=authors")
    assert set(ids(home)) == {names.post("nodebb", pid) for pid in ("300", "400", "500")}
    assert follows(home) == {
        (names.account("nodebb", a), names.account("nodebb", b))
        for a, b in (("1", "2"), ("1", "3"), ("1", "6"), ("2", "1"))
    }, "ben wrote nothing, so his list is not read"


def test_tracked_accounts_bring_their_followers(faulty: Start, home: Home, forum: Forum) -> None:
    add_policy(home, policy("nodebb", faulty(forum.answer).url, "nodebb"))
    write_brands(
        home, [Brand("Ann", BrandRole.OURS, ("nodebb:#5",)), Brand("Sun", BrandRole.MEDIA, ("nodebb:Sun",))]
    )
    crawled(home, "categories=9", "follows=none")
    names = Pseudonyms.open(home)
    assert follows(home) == {
        (names.account("nodebb", "6"), names.account("nodebb", "5")),
        (names.account("nodebb", "1"), names.account("nodebb", "3")),
    }


@pytest.mark.parametrize("status", [401, 403, 404])
def test_who_hides_their_profile_is_nowhere(faulty: Start, home: Home, forum: Forum, status: int) -> None:
    forum.closed = {"kim": status}
    add_policy(home, policy("nodebb", faulty(forum.answer).url, "nodebb"))
    crawled(home)
    names, lake = Pseudonyms.open(home), Lake(home)
    kim = names.account("nodebb", "2")
    assert kim not in set(lake.read("posts")["account_id"]) | set(lake.read("accounts")["id"])
    assert kim not in {end for edge in follows(home) for end in edge}
    assert lake.read("posts").height == 4
    assert not Lake(home).exists("rejects")
    forum.closed = {}
    forum.reply(5, "kim", "<p>又</p>")
    crawled(home)
    assert kim in set(Lake(home).read("posts")["account_id"]), "who shows it again is read again"
