"""Whatever a source answers, its parser gives sound rows or a bad page, and quotes no people."""

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
from crawlers.protocols.index_series import parse_index_series, parse_terms
from crawlers.protocols.mastodon import parse_account, parse_follows, parse_timeline, parse_trends
from crawlers.protocols.page import Ask, BadPage, quoted
from crawlers.protocols.paging import shown_on
from crawlers.protocols.suggest import parse_suggest
from tests.crawlers.odd_json import dump, spoil
from tests.crawlers.protocol_samples import AMY, STATUS, TOPIC, URL

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
