"""The parsers of Weibo's API on odd answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.protocols.page import BadPage
from crawlers.protocols.weibo import (
    as_time,
    parse_comments,
    parse_follower_ids,
    parse_friends,
    parse_statuses,
    parse_user,
)
from crawlers.protocols.weibo_errors import Allowance, parse_allowance, refusal_of
from tests.crawlers.odd_json import dump, spoil
from tests.crawlers.weibo_api import status, user

URL = "http://127.0.0.1:9/2/x.json?uid=1&count=2"
META = {"owner": "1"}
PARSERS: dict[str, Any] = {
    "statuses": lambda body: parse_statuses(
        body, URL, kind="t", meta={}, since=datetime(2025, 1, 1, tzinfo=UTC)
    ),
    "comments": lambda body: parse_comments(body, URL, kind="c", meta={}),
    "user": lambda body: parse_user(body, URL),
    "friends": lambda body: parse_friends(body, URL, kind="f", meta=META),
    "followers": lambda body: parse_follower_ids(body, URL, kind="f", meta=META),
}
SAMPLES: dict[str, Any] = {
    "statuses": {"statuses": [status(2, 1, retweeted_status=status(1, 2)), status(3, 1)], "total_number": 9},
    "comments": {
        "comments": [status(9, 1, status=status(2, 1), reply_comment=status(8, 2))],
        "total_number": 3,
    },
    "user": user(1),
    "friends": {"users": [user(2)], "next_cursor": 5},
    "followers": {"ids": [1, 2, "3"], "next_cursor": 5},
}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue May 31 17:46:55 +0800 2011", datetime(2011, 5, 31, 9, 46, 55, tzinfo=UTC)),
        ("Thu Jan 01 08:00:00 +0800 1970", datetime(1970, 1, 1, tzinfo=UTC)),
        ("Tue Dec 1 00:00:00 -0530 2099", datetime(2099, 12, 1, 5, 30, tzinfo=UTC)),
        ("Tue Mai 31 17:46:55 +0800 2011", None),
        ("Tue May 32 17:46:55 +0800 2011", None),
        ("Tue May 31 17:46:55 +9900 2011", None),
        ("Mon Jan 01 00:00:00 +1400 0001", None),
        ("2011-05-31", None),
        (1306835215, None),
        (None, None),
    ],
)
def test_times(text: Any, moment: datetime | None) -> None:
    assert as_time(text) == moment


def test_allowance_is_the_smaller_of_the_two() -> None:
    body = {"remaining_ip_hits": 9, "remaining_user_hits": 150, "reset_time_in_seconds": 1415}
    assert parse_allowance(json.dumps(body).encode()) == Allowance(9, 1415)
    with pytest.raises(BadPage, match="tells no rate limit"):
        parse_allowance(b"{}")


def test_refusals() -> None:
    told = refusal_of(b'{"error": "expired_token", "error_code": 21327, "request": "/2/x.json"}')
    assert told is not None
    assert (told.kind, told.words) == ("token", "the token has expired (Weibo's error 21327)")
    odd = refusal_of(b'{"error": "Brand new", "error_code": "29999"}')
    assert odd is not None
    assert (odd.kind, odd.words) == ("fault", "Brand new (Weibo's error 29999)")
    assert refusal_of(b'{"error_code": "many"}') is None
    assert refusal_of(b'{"statuses": [], "text": "error_code"}') is None
    assert refusal_of(b'{"error_code": 10023') is None


def test_deleted_and_bad_statuses_cost_only_themselves() -> None:
    deleted = {"id": 7, "text": "gone", "deleted": "1"}
    listed = [
        status(3, 1, retweeted_status=deleted),
        status(4, 1, retweeted_status={"id": 6}),
        deleted,
        status(5, 1, created_at="yesterday"),
        {"id": 8, "created_at": "Tue May 31 17:46:55 +0800 2011"},
        "text",
    ]
    page = parse_statuses(json.dumps({"statuses": listed}).encode(), URL, kind="t", meta={})
    assert [post["native_id"] for post in page.rows.posts] == ["3", "4"]
    assert page.rows.posts[0]["repost_of_native_id"] == "7"
    assert [reject["reason"] for reject in page.rows.rejects] == [
        "created_at is no Weibo time",
        "the status has no author",
        "an object was expected, this is a string",
    ]
    assert page.counts["deleted"] == 3


def test_a_page_that_comes_again_ends_the_list() -> None:
    body = json.dumps({"statuses": [status(3, 1)], "total_number": 10**6}).encode()
    (ask,) = parse_statuses(body, URL, kind="t", meta={}).next
    assert "page=2" in ask.url
    assert not parse_statuses(body, ask.url, kind="t", meta=ask.meta).next


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(data=st.data())
def test_only_bad_page_escapes(name: str, data: st.DataObject) -> None:
    body = dump(spoil(SAMPLES[name], data))
    if data.draw(st.integers(0, 4)) == 0:
        body = body[: data.draw(st.integers(0, len(body)))]
    refusal_of(body)
    try:
        page = PARSERS[name](body)
    except BadPage:
        return
    for post in page.rows.posts:
        assert post["native_id"]
        assert post["author_native_id"]
        assert post["created_at"].tzinfo is not None
    for ask in page.next:
        assert ask.url.startswith("http://127.0.0.1:9/2/")
        orjson.dumps(ask.meta)
