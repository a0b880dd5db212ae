"""HTML forums crawled over HTTP into a lake: all of it, then only what is new, and pages that misbehave."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from crawlers.protocols.forum_file import source_of
from lake.store import Lake
from privacy.home import Home
from privacy.policies import add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, ids, job, policy
from tests.crawlers.forum_lab import PEOPLE, START, Draw, Forum, Post, discuz, phpbb, serve, small_forum

Start = Callable[[Answer], Faulty]
QUICK = ("retries=1", "backoff=0.01", "timeout=10")
HTML = {"Content-Type": "text/html; charset=utf-8"}


def crawled(home: Home, spider: str, *parameters: str) -> dict[str, Any]:
    """Crawl the forum ``camp``; the crawl must count as done."""
    code, report, said = job(home, spider, *QUICK, *parameters, source="camp")
    assert code == 0, said
    return report


def posts_of(home: Home, forum: Forum) -> None:
    """The lake holds every post of the forum that has an author, once."""
    names = Pseudonyms.open(home)
    there = {str(post.pid) for topic in forum.topics for post in topic.posts if post.uid != "0"}
    assert sorted(ids(home)) == sorted(names.post("camp", pid) for pid in there)


@pytest.mark.parametrize(
    ("spider", "kind", "draw", "style"),
    [
        ("discuz", "discuz", discuz, {"rewritten": True, "charset": "gbk"}),
        ("discuz", "discuz", discuz, {"rewritten": False, "charset": "utf-8"}),
        ("forum", "phpbb", phpbb, {}),
    ],
    ids=["discuz-rewritten-gbk", "discuz-dynamic", "phpbb"],
)
def test_a_forum_is_read_once_and_then_only_what_is_new(
    faulty: Start, home: Home, spider: str, kind: str, draw: Draw, style: dict[str, Any]
) -> None:
    forum = small_forum(facts={"5": {"居住地": "成都", "Location": "成都"}}, **style)
    server = faulty(serve(forum, draw))
    add_policy(home, policy("camp", server.url, kind))
    crawled(home, spider)
    posts_of(home, forum)
    lake, names = Lake(home), Pseudonyms.open(home)
    posts = lake.read("posts").filter(pl.col("id") == names.post("camp", "1"))
    (row,) = posts.select("text", "title", "board", "account_id", "created_at").to_dicts()
    assert (row["text"], row["title"], row["board"]) == ("第1帖的第0层，帐篷很好", "帖子1", "徒步")
    assert row["account_id"] == names.account("camp", "5")
    assert row["created_at"] == START + timedelta(days=1)
    assert lake.read("edges")["kind"].unique().to_list() == ["reply"]
    people = lake.read("accounts").select("id", "region").to_dicts()
    assert {one["id"]: one["region"] for one in people}[names.account("camp", "5")] == "成都"
    assert len(people) == 4

    server.seen.clear()
    again = crawled(home, spider)["counts"]
    assert (again["rows"], again["blocked"]) == (0, 0), "a quiet board is no check for humans"
    assert not [
        path for path in server.seen if "thread-" in path or "viewthread" in path or "viewtopic" in path
    ]
    assert len(server.seen) <= 8

    server.seen.clear()
    pinned = forum.topics[0]
    pinned.posts.append(Post(900, "8", START + timedelta(days=30), "新的一层"))
    crawled(home, spider)
    posts_of(home, forum)
    read = [path for path in server.seen if "thread-" in path or "viewthread" in path or "viewtopic" in path]
    assert len(read) == 1, "only the page of the first new post"
    new = lake.read("posts").filter(pl.col("id") == names.post("camp", "900"))
    assert new["text"].to_list() == ["新的一层"]


@pytest.mark.parametrize("rewritten", [True, False])
def test_new_posts_of_a_topic_that_shows_the_newest_first(faulty: Start, home: Home, rewritten: bool) -> None:
    forum = small_forum(rewritten=rewritten)
    pinned = forum.topics[0]
    pinned.reversed = True
    server = faulty(serve(forum, discuz))
    add_policy(home, policy("camp", server.url, "discuz"))
    crawled(home, "discuz")
    posts_of(home, forum)
    first = Lake(home).read("posts").filter(pl.col("id") == Pseudonyms.open(home).post("camp", "1"))
    assert first["title"].to_list() == ["帖子1"]
    pinned.posts.append(Post(900, "8", START + timedelta(days=30), "新的一层"))
    crawled(home, "discuz")
    posts_of(home, forum)


def test_since_boards_and_limits(faulty: Start, home: Home) -> None:
    forum = small_forum()
    server = faulty(serve(forum, discuz))
    add_policy(home, policy("camp", server.url, "discuz"))
    crawled(home, "discuz", "since=2026-03-14T12:00", "boards=露营", "profiles=no")
    kept = Lake(home).read("posts")
    assert kept["board"].unique().to_list() == ["露营"]
    assert kept["created_at"].min() >= datetime(2026, 3, 14, 12, tzinfo=UTC)  # type: ignore[operator]
    assert not [path for path in server.seen if "space" in path or "forum-3" in path]
    report = crawled(home, "discuz", "boards=3,没有的", "pages=4")
    assert report["counts"]["asked"] == 4
    (refused,) = Lake(home).read("rejects").to_dicts()
    assert refused["reason"] == "the forum lists no board 没有的"
    crawled(home, "discuz", "boards=3,没有的")
    assert Lake(home).read("posts").filter(board="徒步").height == sum(
        len(topic.posts) for topic in forum.topics if topic.fid == 3
    ), "boards that were not chosen before are read whole"


@pytest.mark.parametrize(
    ("spider", "kind", "draw"),
    [("discuz", "discuz", discuz), ("forum", "phpbb", phpbb)],
    ids=["discuz", "phpbb"],
)
def test_profiles_that_members_alone_may_see_are_not_asked_for_again_and_again(
    faulty: Start, home: Home, monkeypatch: pytest.MonkeyPatch, spider: str, kind: str, draw: Draw
) -> None:
    for uid in range(100, 130):
        monkeypatch.setitem(PEOPLE, str(uid), f"会员{uid}")
    forum = small_forum(topics=30, members_only=True)
    server = faulty(serve(forum, draw))
    add_policy(home, policy("camp", server.url, kind, concurrency=1))
    report = crawled(home, spider)
    posts_of(home, forum)
    asked = [path for path in server.seen if "space" in path or "viewprofile" in path]
    assert 1 <= len(asked) <= 6
    assert (report["status"], report["counts"]["blocked"]) == ("ok", len(asked))
    assert report["counts"]["profiles/not_asked"] > len(asked), "what is left out is told"
    assert "pages refused" in report["message"]
    assert not [path for path in server.seen if "login" in path or "member.php" in path or "ucp.php" in path]


def test_a_forum_file_of_ones_own(faulty: Start, home: Home, tmp_path: Path) -> None:
    forum = small_forum()
    server = faulty(serve(forum, phpbb))
    add_policy(home, policy("camp", server.url, "html-forum"))
    code, _, said = job(home, "forum", *QUICK, source="camp")
    assert code == 2
    assert "No forum file says how to read camp" in said
    mine = tmp_path / "mine.toml"
    mine.write_text(source_of("phpbb").replace("li.row", "li.rwo"), "utf-8")
    code, report, said = job(home, "forum", *QUICK, f"selectors={mine}", source="camp")
    assert (code, report["status"]) == (1, "failed")
    assert "shows no topic where the forum file looks for it" in said
    mine.write_text(source_of("phpbb"), "utf-8")
    crawled(home, "forum", f"selectors={mine}")
    posts_of(home, forum)


def other(path: str, answer: Callable[[Visit, Forum], None], forum: Forum) -> Answer:
    """A Discuz! forum of which one page is the test's."""
    draw = serve(forum, discuz)

    def all_of_it(visit: Visit) -> None:
        if visit.path.startswith(path):
            answer(visit, forum)
        else:
            draw(visit)

    return all_of_it


def page(forum: Forum, visit: Visit) -> bytes:
    body = discuz(forum, f"http://{visit.headers['Host']}/", visit.path)
    assert body is not None
    return body.encode()


def wrong_type(visit: Visit, forum: Forum) -> None:
    visit.give(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), headers={"Content-Type": "image/png"})


def no_html(visit: Visit, forum: Forum) -> None:
    visit.give(b'{"error": 1}', headers=HTML)


def cut_gzip(visit: Visit, forum: Forum) -> None:
    packed = gzip.compress(page(forum, visit) + bytes(range(256)) * 50)
    visit.give(packed[: len(packed) // 2], headers=HTML | {"Content-Encoding": "gzip"})


def cut_page(visit: Visit, forum: Forum) -> None:
    whole = page(forum, visit)
    visit.give(whole[: len(whole) // 2], headers=HTML)


def challenge(visit: Visit, forum: Forum) -> None:
    visit.give(b"<html><body><script>location='?_dsign=1'</script></body></html>", headers=HTML)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (wrong_type, "HTML was expected, the answer says it is image/png"),
        (no_html, "HTML was expected, this is something else"),
        (cut_gzip, "the page is cut off"),
        (cut_page, "the page is cut off"),
        (challenge, "the page shows no topic"),
    ],
    ids=["type", "json", "gzip", "cut", "challenge"],
)
def test_one_bad_page_is_kept_with_its_reason_and_the_rest_goes_on(
    faulty: Start, home: Home, answer: Callable[[Visit, Forum], None], says: str
) -> None:
    forum = small_forum()
    server = faulty(other("/thread-4-", answer, forum))
    add_policy(home, policy("camp", server.url, "discuz"))
    _, report, said = job(home, "discuz", *QUICK, source="camp")
    assert report["status"] == "truncated", said
    (refused,) = Lake(home).read("rejects").to_dicts()
    assert says in refused["reason"]
    assert "/thread-4-" in str(refused["row"])
    lost = len(next(topic for topic in forum.topics if topic.tid == 4).posts)
    assert len(ids(home)) == sum(len(topic.posts) for topic in forum.topics) - lost


def test_a_page_that_leads_to_another_host_is_not_followed(faulty: Start, home: Home) -> None:
    forum = small_forum()
    elsewhere = faulty(lambda visit: visit.give(b"<html></html>", headers=HTML))
    away = {"Location": elsewhere.url.replace("127.0.0.1", "localhost") + "/thread-4-1-1.html"}
    server = faulty(other("/thread-4-", lambda visit, forum: visit.give(b"", 302, away), forum))
    add_policy(home, policy("camp", server.url, "discuz"))
    report = crawled(home, "discuz")
    assert report["counts"]["forbidden"] == 1
    assert not elsewhere.seen


@pytest.mark.parametrize(
    "meta", ['<meta name="robots" content="noindex">', '<meta name="renqun" content="none">']
)
def test_a_page_that_asks_not_to_be_kept_is_not(faulty: Start, home: Home, meta: str) -> None:
    forum = small_forum()

    def shy(visit: Visit, forum: Forum) -> None:
        visit.give(page(forum, visit).replace(b"<head>", f"<head>{meta}".encode()), headers=HTML)

    server = faulty(other("/thread-4-", shy, forum))
    add_policy(home, policy("camp", server.url, "discuz"))
    report = crawled(home, "discuz")
    assert (report["counts"]["optout/noindex"], report["counts"]["forbidden"]) == (1, 1)
    posts = Lake(home).read("posts")
    hidden = {Pseudonyms.open(home).post("camp", str(post.pid)) for post in forum.topics[3].posts}
    assert not hidden & set(posts["id"])
    assert Lake(home).read("rejects").is_empty(), "not even as refused"


def test_paging_without_end_ends(faulty: Start, home: Home) -> None:
    """Every page of the board has a next one: at first with what was there before, as a calendar would have."""
    forum = small_forum()

    def endless(visit: Visit, forum: Forum) -> None:
        number = int(visit.path.split("-")[2].split(".")[0])
        body = page(forum, visit).replace(
            b'<div id="ft"',
            f'<div class="pg"><a class="nxt" href="forum-2-{number + 1}.html">n</a></div><div id="ft"'.encode(),
        )
        visit.give(body, headers=HTML)

    server = faulty(other("/forum-2-", endless, forum))
    add_policy(home, policy("camp", server.url, "discuz"))
    report = crawled(home, "discuz")
    posts_of(home, forum)
    assert report["counts"]["paging/ended"] == 1
    assert len([path for path in server.seen if path.startswith("/forum-2-")]) == 3


def test_ten_megabytes_and_odd_characters(faulty: Start, home: Home) -> None:
    forum = small_forum(topics=3)
    forum.topics[1].posts[0].html = "很长<b>" + "帐篷 " * 10_000 + "</b>"
    forum.topics[2].posts[0].html = "带\x00空\x07字&#xD800;符&#0;和\ufffe话"

    def huge(visit: Visit, forum: Forum) -> None:
        visit.give(
            page(forum, visit).replace(b"<head>", b"<head><!--" + b"x" * 10_000_000 + b"-->"), headers=HTML
        )

    server = faulty(other("/thread-2-", huge, forum))
    add_policy(home, policy("camp", server.url, "discuz"))
    crawled(home, "discuz")
    posts_of(home, forum)
    texts = Lake(home).read("posts")["text"].to_list()
    assert max(map(len, texts)) > 29_000
    assert any(text.startswith("带空字") and text.endswith("和话") for text in texts)


def test_times_that_cannot_be_are_refused_and_do_not_spoil_the_next_crawl(faulty: Start, home: Home) -> None:
    forum = small_forum()
    forum.topics[1].posts[0].at = datetime(1970, 1, 2, tzinfo=UTC)
    forum.topics[3].posts[0].at = datetime(2099, 1, 2, tzinfo=UTC)
    forum.topics[3].posts = forum.topics[3].posts[:1]
    server = faulty(serve(forum, discuz))
    add_policy(home, policy("camp", server.url, "discuz"))
    crawled(home, "discuz")
    reasons = Lake(home).read("rejects")["reason"].to_list()
    assert reasons == ["created_at is before 2000 or in the future"] * 2
    forum.topics[4].posts.append(Post(901, "8", datetime.now(UTC) - timedelta(hours=1), "后来的话"))
    crawled(home, "discuz")
    assert "后来的话" in Lake(home).read("posts")["text"].to_list()


def test_one_post_shown_twice_with_different_words_is_kept_once(faulty: Start, home: Home) -> None:
    forum = small_forum()
    forum.topics[2].posts[0] = Post(1, "8", START, "同一个号的另一段话")
    server = faulty(serve(forum, discuz))
    add_policy(home, policy("camp", server.url, "discuz"))
    crawled(home, "discuz")
    same = Lake(home).read("posts").filter(pl.col("id") == Pseudonyms.open(home).post("camp", "1"))
    assert same.height == 1
