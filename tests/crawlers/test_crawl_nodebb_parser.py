"""NodeBB's parsers: topics, lists of topics, categories, profiles and follows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from crawlers.protocols.html import to_plain
from crawlers.protocols.nodebb import parse_categories, parse_follows, parse_topic, parse_topics, parse_user
from tests.crawlers.nodebb_forum import ms, paging

BASE = "http://h/forum"
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
        (post(2, {"uid": 7, "username": "[[global:former_user]]", "userslug": ""}), None),
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
