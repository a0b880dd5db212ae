"""Rows as the gate takes them in: fields the policy lists, rejects with their reasons, values cleaned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from lake.schemas import TABLES
from lake.store import Lake
from privacy.home import Home
from privacy.pseudonyms import Pseudonyms
from tests.lake.gate_lab import NOW, account, follow, gate, one, post, raw, rows


def test_only_listed_fields_are_kept(home: Home) -> None:
    clean = gate(home, fields=("posts.text", "accounts.region", "edges.follow")).admit(
        raw(
            posts=[post(title="标题", mentions=[{"native_id": "9", "handle": "x"}], likes=3)],
            accounts=[account(region="上海", gender="f", bio="…")],
            edges=[follow("10", "11")],
        )
    )
    stored = one(clean, "posts")
    assert (stored["text"], stored["title"], stored["likes"], stored["mention_ids"]) == (
        "今天去露营",
        None,
        None,
        None,
    )
    assert stored["searchable"] is True
    profile = one(clean, "accounts")
    assert (profile["region"], profile["gender"], profile["bio"]) == ("上海", None, None)
    assert [edge["kind"] for edge in rows(clean, "edges")] == ["follow"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"native_id": None}, "native_id is missing"),
        ({"author_native_id": ""}, "author_native_id is missing"),
        ({"created_at": None}, "created_at is not a time with a zone"),
        ({"created_at": "2026-01-01"}, "created_at is not a time with a zone"),
        ({"created_at": datetime(2026, 1, 1)}, "created_at is not a time with a zone"),
        ({"created_at": datetime(1999, 12, 31, tzinfo=UTC)}, "created_at is before 2000 or in the future"),
        ({"created_at": NOW + timedelta(days=2)}, "created_at is before 2000 or in the future"),
        ({"text": "长" * 100_001}, "text is longer than 100000 characters"),
        ({"board": "长" * 100_001}, "board is longer than 100000 characters"),
        ({"hashtags": ["短", None, "长" * 100_001]}, "hashtags is longer than 100000 characters"),
        ({"text": 5}, "text is not text"),
    ],
)
def test_rows_that_cant_be_right_are_kept_whole_in_the_vault(home: Home, change: Any, reason: str) -> None:
    clean = gate(home).admit(raw(posts=[post("1") | change, post("2")]))
    assert len(rows(clean, "posts")) == 1
    reject = one(clean, "rejects")
    assert (reject["table"], reject["reason"]) == ("posts", reason)
    assert "http://micro.example/@name10/1" in reject["row"]
    assert clean.counts["rejected"] == 1
    assert TABLES["rejects"].in_vault


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        ("accounts", {"handle": "x"}, "native_id is missing"),
        ("edges", {"src_native_id": "1", "kind": "follow"}, "dst_native_id is missing"),
        ("edges", follow("1", "1"), "both ends are the same account"),
        ("edges", follow("1", "2", kind="likes"), "kind is none of follow, mention, reply, repost"),
        (
            "edges",
            follow("1", "2", at=datetime(1990, 1, 1, tzinfo=UTC)),
            "at is before 2000 or in the future",
        ),
        ("keywords", {"at": NOW, "grain": "day"}, "term is missing"),
        ("accounts", {"native_id": "1", "bio": "长" * 100_001}, "bio is longer than 100000 characters"),
        (
            "keywords",
            {"term": "露营", "at": NOW, "grain": "day", "related": ["帐篷", "长" * 100_001]},
            "related is longer than 100000 characters",
        ),
        ("keywords", {"term": "露营", "grain": "day"}, "at is not a time with a zone"),
        ("keywords", {"term": "露营", "at": NOW, "grain": "week"}, "grain is neither hour nor day"),
    ],
)
def test_other_tables_refuse_what_lacks_its_key(home: Home, table: str, row: Any, reason: str) -> None:
    clean = gate(home).admit(raw(**{table: [row]}))
    assert one(clean, "rejects")["reason"] == reason


def test_a_parsers_rejects_are_kept(home: Home) -> None:
    body = b"\xff\xfe<html>"
    clean = gate(home).admit(raw(rejects=[{"table": "posts", "reason": "not JSON", "row": body}]))
    assert one(clean, "rejects")["reason"] == "not JSON"
    again = gate(home).admit(raw(rejects=[{"table": "posts", "reason": "not JSON", "row": body}]))
    assert one(again, "rejects")["id"] == one(clean, "rejects")["id"]


def test_dirty_text_and_odd_values_are_cleaned(home: Home) -> None:
    clean = gate(home).admit(
        raw(
            posts=[
                post(
                    "1",
                    text="好\ud800的\x00呀\n",
                    likes="12",
                    replies=True,
                    reposts=2**70,
                    lang="\x01",
                    title="",
                ),
                post("2", hashtags="露营", mentions="x", likes=3.0) | {"native_id": 77},
                post("3", text="\x00", hashtags=["a\udfffb", 5, None], mentions=[None, {"native_id": 3}]),
            ]
        )
    )
    first, second, third = rows(clean, "posts")
    assert (first["text"], first["likes"], first["replies"], first["reposts"]) == ("好的呀\n", 12, None, None)
    assert (first["lang"], first["title"]) == (None, None)
    assert (second["likes"], second["hashtags"], second["mention_ids"]) == (3, [], [])
    assert second["id"] == Pseudonyms.open(home).post("micro", "77")
    assert (third["text"], third["hashtags"]) == (None, ["ab", "5"])


def test_keywords(home: Home) -> None:
    clean = gate(home, kind="keywords").admit(
        raw(
            keywords=[
                {
                    "term": " 露营 ",
                    "at": NOW,
                    "grain": "day",
                    "rank": 1,
                    "volume": 12.5,
                    "related": ["帐篷", ""],
                },
                {
                    "term": "找 13812345678",
                    "at": NOW,
                    "grain": "hour",
                    "volume": float("nan"),
                    "advert": True,
                },
            ]
        )
    )
    first, second = rows(clean, "keywords")
    assert (first["term"], first["rank"], first["volume"], first["related"]) == ("露营", 1, 12.5, ["帐篷"])
    assert (second["term"], second["volume"], second["advert"]) == ("找 [手机]", None, True)


def test_a_hundred_thousand_characters_are_not_too_many(home: Home) -> None:
    clean = gate(home).admit(raw(posts=[post("1", text="长" * 100_000), post("2")]))
    assert sorted(len(row["text"]) for row in rows(clean, "posts")) == [5, 100_000]


def test_an_account_that_can_not_be_kept_may_still_say_that_it_wants_nothing_kept(home: Home) -> None:
    long = account("10", bio="长" * 100_001, noindex=True)
    clean = gate(home).admit(
        raw(accounts=[long], posts=[post("1", "10", author_noindex=None), post("2", "11")])
    )
    assert len(rows(clean, "posts")) == 1
    assert rows(clean, "accounts") == rows(clean, "rejects") == []


def test_posts_of_a_month_stand_side_by_side_in_their_order(home: Home) -> None:
    before = NOW - timedelta(days=31)
    posts = [post(str(number), created_at=before if number % 2 else NOW) for number in range(6)]
    clean = gate(home).admit(raw(posts=posts))
    assert [row["month"] for row in rows(clean, "posts")] == ["2026-07"] * 3 + ["2026-08"] * 3
    names = {row["id"]: row["native_id"] for row in rows(clean, "names")}
    assert [names[row["id"]] for row in rows(clean, "posts")] == ["1", "3", "5", "0", "2", "4"]


def test_of_a_post_that_comes_twice_the_last_counts_whatever_its_month(home: Home) -> None:
    twice = [post("1", text="旧"), post("2"), post("1", text="新", created_at=NOW - timedelta(days=31))]
    clean = gate(home).admit(raw(posts=twice))
    Lake(home).append(clean.tables)
    kept = Lake(home).read("posts", ["text", "month"]).filter(pl.col("text").is_in(["旧", "新"]))
    assert kept.rows() == [("新", "2026-07")]
