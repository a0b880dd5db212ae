from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.protocols import nodebb
from crawlers.protocols.discourse import (
    parse_categories,
    parse_latest,
    parse_posts,
    parse_search,
    parse_topic,
    parse_user,
)
from crawlers.protocols.html import to_plain, to_text
from crawlers.protocols.index_series import parse_index_series, parse_terms
from crawlers.protocols.mastodon import next_link, parse_account, parse_follows, parse_timeline, parse_trends
from crawlers.protocols.page import Ask, BadPage, quoted
from crawlers.protocols.paging import shown_on
from crawlers.protocols.suggest import parse_suggest
from tests.crawlers.odd_json import dump, spoil

URL = "http://127.0.0.1:9/x.json"
NODEBB = "http://127.0.0.1:9/api/x?page=1"
NEXT = {"currentPage": 1, "pageCount": 3}
NODEBB_POST = {
    "pid": 1,
    "uid": 2,
    "timestamp": 1767312000000,
    "content": '<p><a class="plugin-mentions-user" href="/user/kim">@kim</a> 好</p>',
    "user": {"uid": 2, "username": "lee", "userslug": "lee"},
    "replies": {"count": 1},
}
AMY = {
    "id": "7",
    "acct": "Amy",
    "note": "<p>爱<br>露营</p>",
    "fields": [{"name": "所在地", "value": "<span>上海</span>"}, {"name": "性别", "value": "女"}],
    "followers_count": -1,
    "following_count": 3,
    "created_at": "2025-01-01T00:00:00.000Z",
    "indexable": True,
}
STATUS = {
    "id": "1",
    "created_at": "2025-03-02T08:00:00.000Z",
    "account": AMY,
    "visibility": "public",
    "content": '<p>和 <span class="h-card"><a href="https://b/@bob" class="u-url mention">@<span>bob</span></a></span> 去</p>',
    "mentions": [{"id": "9", "username": "bob", "acct": "bob@b", "url": "https://b/@bob"}],
    "tags": [{"name": "露营"}],
    "favourites_count": 4,
    "in_reply_to_id": "5",
    "in_reply_to_account_id": "9",
}
POST = {
    "id": 11,
    "username": "Lee",
    "created_at": "2025-03-02T08:00:00Z",
    "cooked": "<p>新人报到</p>",
    "post_number": 1,
    "actions_summary": [{"id": 2, "count": 6}],
}
ANSWER = POST | {
    "id": 12,
    "username": "Kim",
    "post_number": 2,
    "reply_to_post_number": 1,
    "cooked": '<aside class="quote" data-username="Lee" data-post="1"><div class="title">Lee:</div>'
    '<blockquote><p>新人</p></blockquote></aside><p>欢迎 <a class="mention" href="/u/zoe">@Zoe</a></p>',
}
TOPIC = {
    "id": 3,
    "title": "你好",
    "tags": ["a", {"name": "b"}],
    "post_stream": {"posts": [POST, ANSWER], "stream": [11, 12, 13, 14]},
}


def test_a_status_becomes_a_post_and_its_author() -> None:
    page = parse_timeline(orjson.dumps([STATUS]), URL, next_url=URL + "?max_id=1", board="露营")
    (post,) = page.rows.posts
    assert post["text"] == "和 @bob@b 去"
    assert post["mentions"] == [{"native_id": "9", "handle": "bob@b"}]
    assert (post["reply_to_native_id"], post["reply_to_author_native_id"]) == ("5", "9")
    assert (post["board"], post["hashtags"], post["likes"]) == ("露营", ["露营"], 4)
    assert post["created_at"] == datetime(2025, 3, 2, 8, tzinfo=UTC)
    (amy,) = page.rows.accounts
    assert (amy["region"], amy["gender"], amy["bio"]) == ("上海", "f", "爱\n露营")
    assert "followers_count" not in amy, "-1 means hidden, not minus one"
    assert [ask.url for ask in page.next] == [URL + "?max_id=1"]


def test_a_reblog_gives_the_repost_and_the_original() -> None:
    boost = STATUS | {"id": "2", "account": AMY | {"id": "8", "acct": "ben"}, "reblog": STATUS}
    page = parse_timeline(orjson.dumps([boost]), URL)
    repost, original = page.rows.posts
    assert (repost["native_id"], repost["repost_of_native_id"], repost["repost_of_author_native_id"]) == (
        "2",
        "1",
        "7",
    )
    assert original["native_id"] == "1"
    assert "text" not in repost, "servers put the original's words into the boost"
    assert original["text"]
    assert {account["native_id"] for account in page.rows.accounts} == {"7", "8"}


def _quoting(**quote: Any) -> dict[str, Any]:
    said = '<p class="quote-inline">RE: <a href="http://h/@Amy/1">http://h/@Amy/1</a></p><p>我也想去</p>'
    ben = AMY | {"id": "8", "acct": "ben"}
    return STATUS | {"id": "2", "account": ben, "content": said, "mentions": [], "quote": quote}


def test_a_quote_is_a_repost_with_words_of_its_own() -> None:
    page = parse_timeline(orjson.dumps([_quoting(state="accepted", quoted_status=STATUS)]), URL, board="露营")
    comment, original = page.rows.posts
    assert comment["text"] == "我也想去"
    assert (comment["repost_of_native_id"], comment["repost_of_author_native_id"]) == ("1", "7")
    assert (original["native_id"], original["text"]) == ("1", "和 @bob@b 去")
    assert original["board"] == "露营", "it stands in this timeline itself"
    assert {account["native_id"] for account in page.rows.accounts} == {"7", "8"}


@pytest.mark.parametrize(
    ("quote", "of", "by"),
    [
        ({"state": "pending", "quoted_status": None}, None, None),
        ({"state": "accepted", "quoted_status_id": "1"}, "1", None),
        ({"state": "accepted", "quoted_status": STATUS | {"visibility": "private"}}, "1", "7"),
        ({"state": "accepted", "quoted_status": {"id": "1", "account": AMY}}, "1", "7"),
    ],
)
def test_what_a_quote_does_not_tell_whole_is_no_row(
    quote: dict[str, Any], of: str | None, by: str | None
) -> None:
    page = parse_timeline(orjson.dumps([_quoting(**quote)]), URL)
    (post,) = page.rows.posts
    assert (post.get("repost_of_native_id"), post.get("repost_of_author_native_id")) == (of, by)
    assert not page.rows.rejects


def test_a_boost_of_a_quote_gives_all_three() -> None:
    quoting = _quoting(quoted_status=STATUS)
    page = parse_timeline(
        orjson.dumps([STATUS | {"id": "3", "account": AMY | {"id": "9"}, "reblog": quoting}]), URL
    )
    assert [(post["native_id"], post.get("repost_of_native_id")) for post in page.rows.posts] == [
        ("3", "2"),
        ("2", "1"),
        ("1", None),
    ]


def test_private_statuses_are_refused_and_the_rest_goes_on() -> None:
    bad = [STATUS | {"visibility": "private"}, STATUS | {"created_at": "soon"}, {"id": 1}, 7, STATUS]
    page = parse_timeline(orjson.dumps(bad), URL)
    assert [post["native_id"] for post in page.rows.posts] == ["1"]
    assert len(page.rows.rejects) == 4
    assert page.rows.rejects[0]["row"]["author_native_id"] == "7", "erasure must find the row"


def test_since_ends_the_paging() -> None:
    old = STATUS | {"created_at": "2024-01-01T00:00:00Z"}
    since = datetime(2025, 1, 1, tzinfo=UTC)
    mixed = parse_timeline(orjson.dumps([STATUS, old]), URL, next_url=URL, since=since)
    assert len(mixed.rows.posts) == 1
    assert mixed.next
    assert len(parse_timeline(orjson.dumps([_quoting(quoted_status=old)]), URL, since=since).rows.posts) == 1
    assert not parse_timeline(orjson.dumps([old]), URL, next_url=URL, since=since).next


def test_follow_lists_leave_out_who_hides_and_stop_at_the_known_length() -> None:
    listed = [
        {"id": "1", "acct": "a"},
        {"id": "2", "acct": "b", "noindex": True},
        {"id": "3", "acct": "c", "hide_collections": True},
    ]
    page = parse_follows(orjson.dumps(listed), URL, owner="9", followers=True, left=3, next_url=URL)
    assert page.rows.edges == [{"src_native_id": "1", "dst_native_id": "9", "kind": "follow"}]
    assert not page.next
    more = parse_follows(orjson.dumps(listed), URL, owner="9", followers=False, left=9, next_url=URL)
    assert more.next[0].meta == {"owner": "9", "left": 6, "before": shown_on(["1", "2", "3"]), "page": 2}


def test_trends_read_numbers_written_as_strings() -> None:
    tags = [{"name": "露营", "history": [{"day": "1740873600", "uses": "12", "accounts": "3"}]}]
    (row,) = parse_trends(orjson.dumps(tags), URL).rows.keywords
    assert (row["term"], row["volume"], row["at"]) == ("露营", 12.0, datetime(2025, 3, 2, tzinfo=UTC))


def test_next_link_stays_on_its_host() -> None:
    header = '<http://h/a?max_id=1>; rel="next", <http://h/a?min_id=2>; rel="prev"'
    assert next_link(header, "http://h/a") == "http://h/a?max_id=1"
    assert next_link(header, "http://other/a") is None
    assert next_link("", "http://h/a") is None


def test_a_topic_gives_posts_replies_quotes_and_its_next_chunk() -> None:
    page = parse_topic(orjson.dumps(TOPIC), URL, board="杂谈")
    first, answer = page.rows.posts
    assert (first["author_native_id"], first["title"], first["likes"], first["board"]) == (
        "lee",
        "你好",
        6,
        "杂谈",
    )
    assert (answer["reply_to_native_id"], answer["reply_to_author_native_id"]) == ("11", "lee")
    assert answer["text"] == "> @Lee: 新人\n欢迎 @Zoe"
    assert [mention["handle"] for mention in answer["mentions"]] == ["lee", "zoe"]
    chunk = next(ask for ask in page.next if ask.kind == "posts")
    assert "post_ids%5B%5D=13&post_ids%5B%5D=14" in chunk.url
    later = ANSWER | {"id": 13, "post_number": 3, "username": "Sun", "reply_to_post_number": 2}
    rest = parse_posts(orjson.dumps({"post_stream": {"posts": [later]}}), URL, meta=chunk.meta)
    assert rest.rows.posts[0]["reply_to_author_native_id"] == "kim"


def test_latest_asks_for_visible_topics_and_the_json_of_the_next_page() -> None:
    topics = [{"id": 1, "category_id": 4, "bumped_at": "2025-03-01T00:00:00Z"}, {"id": 2, "visible": False}]
    body = {"topic_list": {"topics": topics, "more_topics_url": "/latest?page=1"}}
    page = parse_latest(orjson.dumps(body), URL, meta={"boards": {"4": "户外"}})
    assert [(ask.kind, ask.url) for ask in page.next] == [
        ("topic", "http://127.0.0.1:9/t/1.json"),
        ("latest", "http://127.0.0.1:9/latest.json?page=1"),
    ]
    assert page.next[0].meta == {"board": "户外"}
    quiet = parse_latest(orjson.dumps(body), URL, meta={}, since=datetime(2025, 4, 1, tzinfo=UTC))
    assert [ask.kind for ask in quiet.next] == ["latest"], "the topic without a time may be new"


def test_users_and_hidden_profiles() -> None:
    user = {
        "user": {
            "username": "Lee",
            "location": "成都",
            "bio_excerpt": "爱茶",
            "created_at": "2024-01-01T00:00:00Z",
        }
    }
    (row,) = parse_user(orjson.dumps(user), URL).rows.accounts
    assert (row["native_id"], row["region"], row["bio"]) == ("lee", "成都", "爱茶")
    hidden = {"user": {"username": "Lee", "profile_hidden": True}}
    assert parse_user(orjson.dumps(hidden), URL).rows.accounts[0]["profile_hidden"] is True


def test_suggestions_and_their_absence() -> None:
    at = datetime(2026, 1, 2, 15, tzinfo=UTC)
    body = orjson.dumps({"q": "露营", "g": [{"type": "sug", "q": "露营装备"}, {"q": 3}]})
    page = parse_suggest(body, URL, at=at)
    assert page.rows.keywords == [
        {"term": "露营", "at": datetime(2026, 1, 2, tzinfo=UTC), "grain": "day", "related": ["露营装备"]}
    ]
    assert len(page.rows.rejects) == 1
    assert parse_suggest(orjson.dumps({"q": "露营"}), URL, at=at).counts["empty"] == 1


def test_index_series() -> None:
    body = orjson.dumps(
        {"term": "露营", "series": [{"date": "2026-01-02", "index": 80}, {"date": "x", "index": 1}]}
    )
    page = parse_index_series(body, URL)
    assert page.rows.keywords == [
        {"term": "露营", "at": datetime(2026, 1, 2, tzinfo=UTC), "grain": "day", "volume": 80.0}
    ]
    assert len(page.rows.rejects) == 1


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>一</p><p>二 &amp; 三</p>", "一\n二 & 三"),
        ("a<script>b()</script>c", "ac"),
        (
            '<a href="u"><span class="invisible">https://</span><span class="ellipsis">x.cn/a</span></a>',
            "x.cn/a…",
        ),
        ("<blockquote>引</blockquote>后", "引\n后"),
        ('<img class="emoji" alt=":笑:">好', ":笑:好"),
        ("<ul><li>一</li><li>二</li></ul>", "一\n二"),
        ("没有标签", "没有标签"),
        ("<" * 5000, "<" * 5000),
    ],
)
def test_html_to_text(html: str, text: str) -> None:
    if html.startswith("<<"):
        assert isinstance(to_text(html), str)
    else:
        assert to_text(html) == text


PARSERS: dict[str, Any] = {
    "timeline": lambda body: parse_timeline(body, URL, next_url=URL, since=datetime(2025, 1, 1, tzinfo=UTC)),
    "account": lambda body: parse_account(body, URL),
    "follows": lambda body: parse_follows(body, URL, owner="1", followers=True, left=5, next_url=URL),
    "trends": lambda body: parse_trends(body, URL),
    "categories": lambda body: parse_categories(body, URL, lists=[Ask(URL, "latest")]),
    "search": lambda body: parse_search(body, URL, meta={"boards": {"1": "b"}}),
    "found": lambda body: parse_topic(body, URL, whole=False),
    "latest": lambda body: parse_latest(
        body, URL, meta={"boards": {"1": "b"}}, since=datetime(2025, 1, 1, tzinfo=UTC)
    ),
    "topic": lambda body: parse_topic(body, URL),
    "posts": lambda body: parse_posts(
        body, URL, meta={"topic": "1", "known": {"1": ["2", "a"]}, "pending": ["4"]}
    ),
    "user": lambda body: parse_user(body, URL),
    "nodebb categories": lambda body: nodebb.parse_categories(body, NODEBB, meta={}),
    "nodebb topics": lambda body: nodebb.parse_topics(
        body, NODEBB, meta={"before": shown_on(["9"])}, since=datetime(2025, 1, 1, tzinfo=UTC)
    ),
    "nodebb topic": lambda body: nodebb.parse_topic(body, NODEBB, meta={"known": {"1": "2", "3": None}}),
    "nodebb user": lambda body: nodebb.parse_user(body, NODEBB),
    "nodebb follows": lambda body: nodebb.parse_follows(body, NODEBB, kind="followers", meta={"owner": "1"}),
    "suggest": lambda body: parse_suggest(body, URL, at=datetime(2026, 1, 1, tzinfo=UTC)),
    "index": lambda body: parse_index_series(body, URL),
    "terms": lambda body: parse_terms(body, URL),
}
SAMPLES: dict[str, Any] = {
    "timeline": [STATUS, STATUS | {"reblog": STATUS, "quote": {"quoted_status": STATUS}}],
    "account": AMY,
    "follows": [AMY],
    "trends": [{"name": "a", "history": [{"day": "1740873600", "uses": "1"}]}],
    "categories": {
        "category_list": {
            "categories": [{"id": 1, "name": "a", "subcategory_list": [{"id": 2, "name": "b"}]}]
        }
    },
    "latest": {
        "topic_list": {
            "topics": [{"id": 1, "category_id": 1, "bumped_at": "2025-03-01"}],
            "more_topics_url": "/latest?page=1",
        }
    },
    "search": {
        "posts": [{"id": 1, "topic_id": 2, "post_number": 3, "created_at": "2025-03-01"}],
        "topics": [{"id": 2, "category_id": 1, "posts_count": 4}],
        "grouped_search_result": {"more_full_page_results": True},
    },
    "found": TOPIC | {"details": {"created_by": {"username": "lee"}}},
    "topic": TOPIC,
    "posts": TOPIC,
    "user": {"user": {"username": "lee", "bio_cooked": "<p>x</p>", "created_at": "2024-01-01"}},
    "nodebb categories": {"categories": [{"cid": 1, "children": [{"cid": 2}]}], "pagination": NEXT},
    "nodebb topics": {
        "topics": [{"tid": 1, "lastposttime": 1767312000000, "postcount": 2, "pinned": 0}],
        "children": [{"cid": 3}],
        "pagination": NEXT,
    },
    "nodebb topic": {
        "tid": 1,
        "uid": 2,
        "mainPid": 1,
        "titleRaw": "t",
        "tags": [{"value": "a"}],
        "pagination": NEXT,
    }
    | {
        "category": {"name": "b"},
        "posts": [NODEBB_POST, NODEBB_POST | {"pid": 2, "toPid": 1, "parent": {"uid": 2}}],
    },
    "nodebb user": {
        "uid": 2,
        "userslug": "lee",
        "birthday": "1/2/1990",
        "joindate": 1767312000000,
        "banned": 0,
    }
    | {"customUserFields": [{"name": "Location", "value": "x"}]},
    "nodebb follows": {"users": [{"uid": 2, "userslug": "lee"}], "pagination": NEXT},
    "suggest": {"q": "a", "g": [{"q": "b"}]},
    "index": {"term": "a", "series": [{"date": "2026-01-01", "index": 2}]},
    "terms": {"terms": ["a"]},
}


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(data=st.data())
def test_no_answer_raises_anything_but_bad_page(name: str, data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(["spoilt", "cut", "bytes", "html"]))
    if shape == "bytes":
        body = data.draw(st.binary(max_size=200))
    elif shape == "html":
        body = b"<!DOCTYPE html><html>" + data.draw(st.binary(max_size=30))
    else:
        body = dump(spoil(SAMPLES[name], data))
        if shape == "cut":
            body = body[: data.draw(st.integers(0, len(body)))]
    try:
        page = PARSERS[name](body)
    except BadPage:
        return
    if name == "terms":
        assert all(isinstance(term, str) for term in page)
        return
    for post in page.rows.posts:
        assert post["native_id"]
        assert post["author_native_id"]
        assert post["created_at"].tzinfo is not None
    for account in page.rows.accounts:
        assert account["native_id"]
    for ask in page.next:
        assert ask.url.startswith("http://127.0.0.1:9/"), "nothing leads to another host"
        orjson.dumps(ask.meta)


@given(st.text(st.sampled_from('<>/="&; apbrdivspn@"人\n\x00'), max_size=200))
def test_html_never_raises(html: str) -> None:
    plain = to_plain(html)
    assert "\x00" not in plain.text


def test_deep_nesting_is_refused_or_read() -> None:
    for body in (b"[" * 100_000, b'[{"id":' * 900 + b"1" + b"}]" * 900, b"<div>" * 10):
        with pytest.raises(BadPage):
            parse_timeline(body, URL)


def test_half_a_character_costs_only_itself() -> None:
    body = dump(
        [STATUS | {"content": "<p>好的\ud83d</p>"}, STATUS | {"id": "2", "content": "<p>\ude00 😀</p>"}]
    )
    assert rb"\ud83d" in body
    posts = parse_timeline(body, URL).rows.posts
    assert [post["text"] for post in posts] == ["好的\ufffd", "\ufffd 😀"]


def test_what_a_source_says_is_quoted_without_people() -> None:
    said = "@amy 设置了隐私, 请联系 13800138000 或 https://h.test/u/amy 。"
    assert quoted(said) == "… 设置了隐私, 请联系 [手机] 或 … 。"
    assert quoted("x" * 300, 200) == "x" * 200
    with pytest.raises(BadPage, match=r"no account at …$"):
        parse_timeline(b'{"error": "no account at https://h.test/@amy"}', "https://h.test/")
