"""Crawls of a NodeBB forum that closes its profiles or gives answers that cannot be right."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from lake.store import Lake
from privacy import optouts
from privacy.home import Home
from privacy.policies import add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import Visit, ids, job, policy
from tests.crawlers.nodebb_forum import QUICK, Forum, Start, crawled, forum, ms

__all__ = ["forum"]


def test_posts_of_profiles_that_fail_are_kept_as_refused(faulty: Start, home: Home, forum: Forum) -> None:
    forum.closed = {"kim": 500}
    add_policy(home, policy("nodebb", faulty(forum.answer).url, "nodebb"))
    report = crawled(home)
    assert report["status"] == "truncated"
    rejects = Lake(home).read("rejects")
    assert rejects["reason"].to_list().count("the author's profile could not be read") == 5
    assert len(ids(home)) == 4
    kim = Pseudonyms.open(home).account("nodebb", "2")
    assert rejects["account_id"].to_list() == [kim] * rejects.height, "erasure finds her page, too"
    optouts.block(home, [kim])
    assert Lake(home).read("rejects").is_empty()


@pytest.mark.parametrize("status", [401, 500])
def test_a_forum_that_opens_its_profiles_is_read_then(
    faulty: Start, home: Home, forum: Forum, status: int
) -> None:
    forum.closed = dict.fromkeys(forum.people, status)
    add_policy(home, policy("nodebb", faulty(forum.answer).url, "nodebb"))
    job(home, "nodebb", *QUICK)
    assert not Lake(home).exists("posts")
    forum.closed = {}
    crawled(home)
    assert len(ids(home)) == 9


def test_people_of_other_servers_who_ask_not_to_be_kept(faulty: Start, home: Home, forum: Forum) -> None:
    """NodeBB puts ``X-Robots-Tag: noindex`` on the profiles of people of other servers."""
    forum.person("far@away", "https://away/u/far")
    forum.topic(6, 1, ("far@away", "<p>远</p>"), ("lee", "<p>近</p>"))

    def answer(visit: Visit) -> None:
        if visit.path == "/api/user/far%40away":
            visit.give(b"{}", headers={"X-Robots-Tag": "noindex"})
        else:
            forum.answer(visit)

    add_policy(home, policy("nodebb", faulty(answer).url, "nodebb"))
    crawled(home)
    names = Pseudonyms.open(home)
    assert names.account("nodebb", "https://away/u/far") not in set(Lake(home).read("posts")["account_id"])
    assert names.post("nodebb", "601") in ids(home)


ODD_POST = (
    '{"tid": 1, "posts": [{"pid": 1, "uid": 1, "timestamp": %s, "content": %s, "user": {"userslug": "lee"}}]}'
)


@pytest.mark.parametrize(
    ("give", "reason"),
    [
        (
            lambda visit: visit.give(b"<!DOCTYPE html>", headers={"Content-Type": "text/html"}),
            "HTML where JSON",
        ),
        (
            lambda visit: visit.give(b"\x1f\x8b\x08\x00broken", headers={"Content-Encoding": "gzip"}),
            "ended before",
        ),
        (lambda visit: visit.give(b'{"posts":' + b"[" * 5000 + b"]" * 5000 + b"}"), "depth limit"),
        (lambda visit: visit.give(b'"/topic/5/slug"'), "this is a string"),
        (lambda visit: visit.give(b"", 302, {"Location": "http://localhost:9/api/topic/1"}), None),
        (lambda visit: visit.give((ODD_POST % (1, '"old"')).encode()), "before 2000"),
        (lambda visit: visit.give((ODD_POST % (4_099_680_000_000, '"new"')).encode()), "in the future"),
    ],
    ids=["html", "cut gzip", "deep", "string", "other host", "1970", "2099"],
)
def test_a_bad_topic_is_told_and_the_rest_goes_on(
    faulty: Start, home: Home, forum: Forum, give: Callable[[Visit], None], reason: str | None
) -> None:
    def answer(visit: Visit) -> None:
        give(visit) if visit.path.startswith("/api/topic/5") else forum.answer(visit)

    add_policy(home, policy("nodebb", faulty(answer).url, "nodebb"))
    report = crawled(home)
    assert len(ids(home)) == 8, "all but topic 5"
    if reason is None:
        assert "localhost:9" in report["message"] or report["counts"]["forbidden"] == 1
        return
    rejects = Lake(home).read("rejects").to_dicts()
    assert [reject["table"] for reject in rejects] == [
        "posts" if "future" in reason or "2000" in reason else "pages"
    ]
    assert reason in rejects[0]["reason"]


def test_half_a_character_costs_that_character_alone(faulty: Start, home: Home, forum: Forum) -> None:
    def answer(visit: Visit) -> None:
        odd = (ODD_POST % (ms(0), '"半\\ud800"')).encode()
        visit.give(odd) if visit.path.startswith("/api/topic/5") else forum.answer(visit)

    add_policy(home, policy("nodebb", faulty(answer).url, "nodebb"))
    crawled(home)
    posts = Lake(home).read("posts").filter(pl.col("id") == Pseudonyms.open(home).post("nodebb", "1"))
    assert posts["text"].to_list() == ["半\ufffd"]


def test_the_same_post_with_other_words_counts_once(faulty: Start, home: Home, forum: Forum) -> None:
    forum.topics[5]["posts"].append(forum.topics[5]["posts"][0] | {"content": "<p>另</p>"})
    add_policy(home, policy("nodebb", faulty(forum.answer).url, "nodebb"))
    crawled(home)
    posts = Lake(home).read("posts").filter(pl.col("id") == Pseudonyms.open(home).post("nodebb", "500"))
    assert posts["text"].to_list() == ["另"]


def test_a_closed_forum_is_told(faulty: Start, home: Home) -> None:
    def closed(visit: Visit) -> None:
        visit.give(b"", 404) if visit.path == "/robots.txt" else visit.give(b"{}", 401)

    add_policy(home, policy("nodebb", faulty(closed).url, "nodebb"))
    code, report, said = job(home, "nodebb", *QUICK)
    assert (code, report["status"]) == (1, "blocked")
    assert "answered 401" in said
