"""Mastodon's parser: statuses, boosts, quotes, lists of follows, trends, and the links between pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from crawlers.protocols.mastodon import next_link, parse_account, parse_follows, parse_timeline, parse_trends
from crawlers.protocols.paging import shown_on
from tests.crawlers.protocol_samples import AMY, STATUS, URL


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
    assert next_link(header, "http://other/b") is None
    assert next_link("", "http://h/a") is None


@pytest.mark.parametrize(
    ("link", "asked", "leads_to"),
    [
        ("http://h/api/v1/x?max_id=1", "https://h/api/v1/x?limit=40", "https://h/api/v1/x?max_id=1"),
        (
            "https://name/api/v1/x?max_id=1",
            "http://127.0.0.1:8080/api/v1/x",
            "http://127.0.0.1:8080/api/v1/x?max_id=1",
        ),
        ("http://h/api/v1/x?max_id=1", "http://h/below/api/v1/x", "http://h/below/api/v1/x?max_id=1"),
        ("http://in/api/v1/x?max_id=1", "http://h/below/api/v1/x", "http://h/below/api/v1/x?max_id=1"),
        ("/api/v1/x?max_id=1", "https://h/api/v1/x", "https://h/api/v1/x?max_id=1"),
        ("?max_id=1,2", "https://h/api/v1/x", "https://h/api/v1/x?max_id=1,2"),
        ("http://name/", "http://h/", None),
        ("http://[", "http://h/", None),
    ],
)
def test_next_link_of_a_server_with_another_name(link: str, asked: str, leads_to: str | None) -> None:
    """A proxy's server names itself by its own scheme, host or port; links may also be relative."""
    for form in (
        '<{}>; rel="next"',
        "<http://h/a>; rel=prev,<{}>;rel=next",
        '<{}>; title="x"; rel="last next"',
    ):
        assert next_link(form.format(link), asked) == leads_to
    assert next_link(f'<{link}>; rel="nextish"', asked) is None


def test_a_server_without_link_headers_is_paged_by_the_last_status() -> None:
    """Servers of Misskey's family send none."""
    address = "http://h/api/v1/timelines/public?limit=40"
    statuses = [STATUS | {"id": str(number)} for number in range(60, 20, -1)]
    first = parse_timeline(orjson.dumps(statuses), address, linked=False)
    (ask,) = first.next
    assert ask.url == "http://h/api/v1/timelines/public?limit=40&max_id=21"
    older = [STATUS | {"id": str(number)} for number in range(20, 10, -1)]
    assert not parse_timeline(orjson.dumps(older), ask.url, linked=False, meta=ask.meta).next, "a short page"
    moved = [STATUS | {"id": "61"}, *statuses[:-1]]  # the server does not know max_id
    assert not parse_timeline(orjson.dumps(moved), ask.url, linked=False, meta=ask.meta).next
    assert not parse_timeline(orjson.dumps(statuses), address).next, "a Link header without a next page"


def test_opt_outs_as_pleroma_writes_them() -> None:
    shown = AMY | {"pleroma": {"hide_follows": False}, "source": {"pleroma": {"discoverable": True}}}
    (row,) = parse_account(orjson.dumps(shown), URL).rows.accounts
    assert (row["discoverable"], row.get("hide_collections")) == (True, None)
    hidden = AMY | {"pleroma": {"hide_followers": True}, "source": {"pleroma": {"discoverable": False}}}
    (row,) = parse_account(orjson.dumps(hidden), URL).rows.accounts
    assert (row["discoverable"], row["hide_collections"]) == (False, True)
    page = parse_follows(orjson.dumps([hidden | {"id": "8"}, shown]), URL, owner="1", followers=True)
    assert [edge["src_native_id"] for edge in page.rows.edges] == ["7"]
