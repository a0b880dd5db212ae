"""NodeBB: its parsers, and whole crawls of a small forum that speaks its API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import polars as pl
import pytest

from crawlers.protocols.html import to_plain
from crawlers.protocols.nodebb import parse_categories, parse_follows, parse_topic, parse_topics, parse_user
from lake.store import Lake
from privacy import optouts
from privacy.brands import Brand, BrandRole, write_brands
from privacy.home import Home
from privacy.policies import add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import Answer, Faulty, Visit, ids, job, policy
from tests.crawlers.nodebb_forum import Forum, ms, paging

Start = Callable[[Answer], Faulty]
BASE = "http://h/forum"
QUICK = ("retries=1", "backoff=0.01", "timeout=5")
LEE = {"uid": 7, "username": "Lee", "userslug": "lee"}
KIM = {"uid": "https://far/u/kim", "username": "kim", "userslug": "kim@far"}


def post(pid: Any, user: dict[str, Any], content: str = "<p>帐篷</p>", **more: Any) -> dict[str, Any]:
    return {"pid": pid, "uid": user["uid"], "timestamp": ms(1), "content": content, "user": user} | more


def topic(*posts: dict[str, Any], **more: Any) -> bytes:
    said = {"tid": 5, "uid": 7, "mainPid": 1, "titleRaw": "A & B", "tags": [{"value": "露营"}]}
    return orjson.dumps(said | {"posts": list(posts), "category": {"name": "茶 &amp; 帐篷"}} | more)


def read(body: bytes, **more: Any) -> Any:
    return parse_topic(body, f"{BASE}/api/topic/5?page=1&sort=oldest_to_newest", meta={}, **more)


def test_a_topic_gives_posts_replies_and_who_wrote_them() -> None:
    answer = post("https://far/p/2", KIM, toPid=9, parent={"uid": 8}, upvotes=3)
    page = read(topic(post(1, LEE), answer, post(3, LEE, replies={"count": 2}), pagination=paging(1, 5)))
    first, far, last = page.rows.posts
    assert (first["native_id"], first["author_native_id"], first["author_handle"]) == ("1", "7", "lee")
    assert (first["title"], first["board"], first["hashtags"]) == ("A & B", "茶 & 帐篷", ["露营"])
    assert first["created_at"] == datetime(2026, 1, 2, 0, 1, tzinfo=UTC)
    assert first["url"] == f"{BASE}/post/1", "the forum may lie below a path"
    assert "reply_to_native_id" not in first
    assert (far["author_native_id"], far["url"], far["likes"]) == ("https://far/u/kim", "https://far/p/2", 3)
    assert (far["reply_to_native_id"], far["reply_to_author_native_id"]) == ("9", "8")
    assert (last["reply_to_native_id"], last["reply_to_author_native_id"]) == ("1", "7"), "to the topic"
    users = [(ask.url, ask.meta) for ask in page.next if ask.kind == "user"]
    assert users == [
        (f"{BASE}/api/user/lee", {"handle": "lee", "native_id": "7"}),
        (f"{BASE}/api/user/kim%40far", {"handle": "kim@far", "native_id": "https://far/u/kim"}),
    ]
    (more,) = [ask for ask in page.next if ask.kind == "topic"]
    assert more.url == f"{BASE}/api/topic/5?page=2&sort=oldest_to_newest"
    later = parse_topic(topic(post(4, LEE, toPid=3)), more.url, meta=more.meta)
    assert later.rows.posts[0]["reply_to_author_native_id"] == "7", "old servers do not say who is answered"


def test_mentions_and_quotes_of_nodebb_markup() -> None:
    link = (
        '<a class="plugin-mentions-user plugin-mentions-a" href="/user/zhang-san"><bdi>@Zhang San</bdi></a>'
    )
    group = '<a class="plugin-mentions-group plugin-mentions-a" href="/groups/all">@all</a>'
    html = f"<blockquote><p>{link} said:</p>\n<p>旧话</p></blockquote>\n<p>新话 {link} {group}</p>"
    (row,) = read(topic(post(2, LEE, html))).rows.posts
    assert row["text"] == "> @zhang-san said:\n> 旧话\n新话 @zhang-san @all"
    assert row["mentions"] == [{"handle": "zhang-san"}]
    assert to_plain("<blockquote>引</blockquote>后").text == "引\n后", (
        "elsewhere a blockquote is no other's words"
    )


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (post(2, LEE, deleted=1), None),
        (post(2, LEE, deleted=True), None),
        (post(2, {"uid": 7, "username": "[[global:former-user]]", "userslug": ""}), None),
        (post(2, {"uid": 0, "username": "visitor", "userslug": ""}), "written by a guest"),
        (post(2, LEE, timestamp=0), "usable timestamp"),
        (post(2, LEE, timestamp=10**15), "usable timestamp"),
        (post(None, LEE), "no pid"),
        (post(2, {"uid": 7}), "author"),
        (7, "an object was expected"),
    ],
)
def test_what_is_no_post_is_left_out_and_the_rest_goes_on(odd: Any, reason: str | None) -> None:
    rows = read(topic(post(1, LEE), odd)).rows
    assert [row["native_id"] for row in rows.posts] == ["1"]
    assert [reason in reject["reason"] for reject in rows.rejects] == ([] if reason is None else [True])


@pytest.mark.parametrize("hidden", [{"deleted": 1}, {"scheduled": True}])
def test_topics_that_are_not_to_be_seen_are_left_out(hidden: dict[str, Any]) -> None:
    assert not read(topic(post(1, LEE), **hidden)).rows.posts
    listed = {"topics": [{"tid": 5, "lastposttime": ms(1)} | hidden]}
    assert not parse_topics(orjson.dumps(listed), f"{BASE}/api/recent?page=1", meta={}).next


def test_lists_stop_at_since_but_those_of_tags_are_read_whole() -> None:
    listed = {
        "topics": [{"tid": 1, "lastposttime": ms(9), "pinned": 1}, {"tid": 2, "lastposttime": ms(1)}],
        "pagination": paging(1, 9),
    }
    since = datetime(2026, 1, 2, 0, 5, tzinfo=UTC)

    def kinds(kind: str) -> list[str]:
        page = parse_topics(
            orjson.dumps(listed), f"{BASE}/api/recent?page=1", kind=kind, meta={}, since=since
        )
        return [ask.kind for ask in page.next]

    assert kinds("topics") == ["topic"], "the pinned one is new, the others are quiet"
    assert kinds("tagged") == ["topic", "tagged"], "they stand in the order of their first post"


def test_a_page_that_repeats_the_one_before_ends_the_list() -> None:
    body = orjson.dumps({"topics": [{"tid": 1}], "pagination": paging(1, 10**9)})
    first = parse_topics(body, f"{BASE}/api/recent?page=1", meta={})
    (more,) = [ask for ask in first.next if ask.kind == "topics"]
    again = parse_topics(body, more.url, meta=more.meta)
    assert [ask.kind for ask in again.next] == ["topic"]
    assert "repeats the one before" in again.rows.rejects[0]["reason"]


def test_categories_of_any_depth_but_no_links() -> None:
    tree = {
        "categories": [
            {"cid": 1, "children": [{"cid": 2, "children": [{"cid": 3}]}]},
            {"cid": 4, "link": "x"},
        ]
    }
    page = parse_categories(orjson.dumps(tree), f"{BASE}/api/categories?page=1", meta={})
    assert [ask.url for ask in page.next] == [
        f"{BASE}/api/category/{number}?page=1&sort=recently_replied" for number in (1, 2, 3)
    ]


def test_profiles_tell_what_people_declare() -> None:
    said = LEE | {
        "fullname": "O&#x27;Lee",
        "aboutmeParsed": "<p>爱 <b>茶</b></p>",
        "birthday": "05&#x2F;01&#x2F;1990",
        "customUserFields": [{"key": "location", "name": "Location", "value": "上海"}],
        "joindate": ms(0),
        "lastposttime": 0,
        "followingCount": 4,
    }
    (row,) = parse_user(orjson.dumps(said), f"{BASE}/api/user/lee").rows.accounts
    assert (row["name"], row["bio"], row["region"], row["birthday"]) == (
        "O'Lee",
        "爱 茶",
        "上海",
        "1990-05-01",
    )
    assert row["url"] == f"{BASE}/user/lee"
    assert row["following_count"] == 4
    assert "last_active_at" not in row
    assert "discoverable" not in row
    (banned,) = parse_user(orjson.dumps(said | {"banned": True}), f"{BASE}/api/user/lee").rows.accounts
    assert banned["discoverable"] is False


def test_follow_lists_give_edges_and_ask_for_profiles() -> None:
    body = orjson.dumps({"users": [LEE, KIM, {"uid": 0}], "pagination": paging(1, 3)})
    url = f"{BASE}/api/user/sun/following?page=1"
    page = parse_follows(body, url, kind="following", meta={"owner": "3"})
    assert [(edge["src_native_id"], edge["dst_native_id"]) for edge in page.rows.edges] == [
        ("3", "7"),
        ("3", "https://far/u/kim"),
    ]
    assert [ask.kind for ask in page.next] == ["user", "user", "following"]
    assert len(page.rows.rejects) == 1
    followers = parse_follows(body, url, kind="followers", meta={"owner": "3"})
    assert followers.rows.edges[0] == {"src_native_id": "7", "dst_native_id": "3", "kind": "follow"}


@pytest.fixture
def forum() -> Forum:
    """Six people, five topics over two categories, a follow graph that needs paging."""
    made = Forum()
    for uid, slug in enumerate(("lee", "kim", "sun", "wei", "ann", "ben"), start=1):
        made.person(slug, uid)
    made.topic(1, 1, ("lee", "<p>一</p>"), *[("kim", f"<p>答{n}</p>") for n in range(4)], tags=("露营",))
    made.topic(2, 1, ("sun", '<p>二 <a class="plugin-mentions-user" href="/user/ann">@ann</a></p>'))
    made.topic(3, 2, ("wei", "<p>三</p>"))
    made.topic(4, 2, ("lee", "<p>四</p>"), tags=("露营",))
    made.topic(5, 2, ("kim", "<p>五</p>"))
    made.follows = {"lee": ["kim", "sun", "ben"], "ben": ["ann"], "kim": ["lee"]}
    return made


def crawled(home: Home, *parameters: str) -> dict[str, Any]:
    code, report, said = job(home, "nodebb", *QUICK, *parameters)
    assert code == 0, said
    return report


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
