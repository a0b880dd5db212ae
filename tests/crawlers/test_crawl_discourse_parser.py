"""Discourse's parser: topics and their replies, lists of topics, and profiles."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from crawlers.protocols.discourse import base_of, parse_latest, parse_posts, parse_topic, parse_user
from tests.crawlers.protocol_samples import ANSWER, POST, TOPIC, URL


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


def test_a_mega_topic_is_read_page_by_page() -> None:
    """From 10,000 posts on a topic names its last post instead of all."""
    stream = {"posts": [POST, ANSWER], "isMegaTopic": True, "firstId": 11, "lastId": 14}
    first = parse_topic(orjson.dumps(TOPIC | {"post_stream": stream}), URL)
    (ask,) = (ask for ask in first.next if ask.kind == "posts")
    assert ask.url == "http://127.0.0.1:9/t/3.json?page=2"
    later = ANSWER | {"id": 13, "post_number": 3, "username": "Sun", "reply_to_post_number": 2}
    second = parse_posts(orjson.dumps({"post_stream": {"posts": [later]}}), ask.url, meta=ask.meta)
    assert second.rows.posts[0]["reply_to_author_native_id"] == "kim"
    (ask,) = (ask for ask in second.next if ask.kind == "posts")
    assert ask.url == "http://127.0.0.1:9/t/3.json?page=3"
    last = ANSWER | {"id": 14, "post_number": 4, "username": "Ann", "reply_to_post_number": None}
    third = parse_posts(orjson.dumps({"post_stream": {"posts": [last]}}), ask.url, meta=ask.meta)
    assert third.rows.posts[0]["reply_to_author_native_id"] == "lee"
    assert [ask.kind for ask in third.next] == ["user"]


@pytest.mark.parametrize(
    ("page", "base"),
    [
        ("https://h/forum/t/12.json", "https://h/forum"),
        ("https://h/forum/t/12/posts.json?post_ids%5B%5D=3", "https://h/forum"),
        ("https://h/a/b/latest.json?page=2", "https://h/a/b"),
        ("https://h/forum/tag/tea/3.json", "https://h/forum"),
        ("https://h/u/amy.json", "https://h"),
        ("https://h/forum/", "https://h/forum"),
        ("https://h", "https://h"),
    ],
)
def test_a_forum_may_lie_below_a_path(page: str, base: str) -> None:
    assert base_of(page) == base
    body = {"topic_list": {"topics": [{"id": 1}], "more_topics_url": "/forum/latest?page=1"}}
    asks = parse_latest(orjson.dumps(body), "https://h/forum/latest.json", meta={}).next
    assert [ask.url for ask in asks] == ["https://h/forum/t/1.json", "https://h/forum/latest.json?page=1"]
