"""Whether raw text names somebody: numbers that cannot be an id are told apart by their key, all others count."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.naming import Named, words_of

ROW = {
    "native_id": "7",
    "author_native_id": "8",
    "likes": 7,
    "created_at": "2026-07-07 07:07",
    "text": "hello",
}


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        ROW | {"replies": "7", "reply_to_native_id": "7"},
        {"url": "https://s.example/a", "body": json.dumps({"like_count": 7, "topic_id": 7})},
        {
            "item": [{"viewcount": 7, "uid": 8, "pid": 7, "tid": 7, "timestamp": 7}],
            "meta": {"page": 7},
            "priority": 7,
        },
    ],
    ids=["row", "numbers as text", "JSON in a string", "item"],
)
def test_numbers_that_count_date_or_number_posts_are_nobody(row: dict[str, object]) -> None:
    assert not Named(["7"]).found_in(json.dumps(row))
    assert "7" not in words_of(json.dumps(row))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROW | {"author_native_id": "7"}),
        json.dumps(ROW | {"text": "said 7"}),
        json.dumps({"native_id": "7", "followers_count": 3}),
        json.dumps({"uid": 7}),
        json.dumps({"cid": "7", "amount": 3}),
        json.dumps({"pid": 7, "name": "amy", "user": {"uid": 8}}),
        json.dumps({"uid": 7, "pid": 7}),
        json.dumps({"likes": "amy7 and 7"}),
        json.dumps({"replies": {"id": 7}}),
        '{"uid": 7, "uid": 9}',
        '{"likes": 7',
        "likes: 7",
        '["likes", 7]',
        json.dumps({"body": '<a href="/u/7">'}),
        '{"likes": 7, "more": ' + "[" * 100_000,
        json.dumps({"likes": 7, "n": 1})[:-1] + ', "m": ' + "9" * 5000 + "}",
    ],
)
def test_whatever_may_be_an_id_counts(text: str) -> None:
    assert Named(["7"]).found_in(text)
    assert "7" in words_of(text)


@given(
    st.recursive(
        st.text() | st.integers() | st.none(),
        lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner),
    )
)
def test_words_are_never_lost(value: object) -> None:
    """Only bare numbers may be: a name of letters is found under every key."""
    text = json.dumps({"likes": value, "created_at": [value, "kim"], "at": "kim"})
    assert Named(["kim"]).found_in(text)
