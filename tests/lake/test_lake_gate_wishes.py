"""What people ask of their source, the gate holds to: who is not stored, not searchable, not listed, and no minors."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from lake import upkeep
from lake.gate import Gate
from lake.store import Lake
from privacy import optouts
from privacy.home import Home
from privacy.optouts import Reason
from tests.lake.gate_lab import NOW, account, account_id, follow, gate, one, policy, post, raw, rows


@pytest.mark.parametrize(
    ("flag", "reason"), [("noindex", Reason.NOINDEX), ("profile_hidden", Reason.PROFILE_HIDDEN)]
)
def test_an_account_that_opts_out_at_the_source_is_not_stored(home: Home, flag: str, reason: Reason) -> None:
    clean = gate(home).admit(
        raw(
            accounts=[account("10", **{flag: True}), account("11")],
            posts=[
                post("1", "10", author_noindex=None),
                post("2", "11", mentions=[{"native_id": "10", "handle": "x"}]),
            ],
            edges=[follow("10", "11"), follow("11", "10")],
        )
    )
    gone = account_id(home, "10")
    assert gone not in str({name: table.to_pylist() for name, table in clean.tables.items()})
    assert len(rows(clean, "posts")) == len(rows(clean, "accounts")) == 1
    assert clean.counts[f"withheld.{reason}"] == 1
    assert optouts.register(home) == {gone: {reason}}
    later = gate(home).admit(raw(posts=[post("3", "10", author_noindex=None)]))
    assert later.tables == {}


def test_a_post_that_says_noindex_is_not_stored_nor_are_its_rejects(home: Home) -> None:
    clean = gate(home).admit(raw(posts=[post("1", "10", author_noindex=True), post("2", "11")]))
    assert len(rows(clean, "posts")) == 1
    assert clean.counts["withheld.posts"] == 1
    broken = gate(home).admit(raw(posts=[post("2", "12", author_noindex=True, created_at=None)]))
    assert broken.tables == {}


def test_opting_in_again_is_heard_but_not_over_a_persons_own_word(home: Home) -> None:
    gate(home).admit(raw(accounts=[account("10", noindex=True), account("11", noindex=True)]))
    optouts.block(home, [account_id(home, "11")])
    clean = gate(home).admit(raw(accounts=[account("10", noindex=False), account("11", noindex=False)]))
    assert [row["id"] for row in rows(clean, "accounts")] == [account_id(home, "10")]
    assert optouts.blocked(home) == {account_id(home, "11")}


def test_withheld_rows_disappear_from_what_was_stored_before(home: Home) -> None:
    lake = Lake(home)
    lake.append(
        gate(home).admit(raw(posts=[post("1", "10"), post("2", "11")], accounts=[account("10")])).tables
    )
    assert lake.read("posts").height == 2
    gate(home).admit(raw(accounts=[account("10", profile_hidden=True)]))
    assert lake.read("posts", ["account_id"])["account_id"].to_list() == [account_id(home, "11")]
    assert lake.read("names").filter(account_id=account_id(home, "10")).is_empty()
    upkeep.compact(lake.home, "posts")
    files = b"".join(path.read_bytes() for path in lake.path("posts").rglob("*.parquet"))
    assert account_id(home, "10").encode() not in files


@pytest.mark.parametrize(
    ("said", "missing", "searchable"),
    [
        (True, "not_searchable", True),
        (False, "searchable", False),
        (None, "not_searchable", False),
        (None, "searchable", True),
        ("true", "not_searchable", False),
    ],
)
def test_indexable(home: Home, said: Any, missing: str, searchable: bool) -> None:
    clean = gate(home, indexable_missing=missing).admit(raw(posts=[post(author_indexable=said)]))
    assert one(clean, "posts")["searchable"] is searchable


def test_sources_without_the_flags_are_searchable_and_listable(home: Home) -> None:
    clean = gate(home, kind="discourse").admit(
        raw(posts=[post(author_indexable=None)], accounts=[account(discoverable=None)])
    )
    assert one(clean, "posts")["searchable"] is True
    assert one(clean, "accounts")["listable"] is True


def test_unlisted_counts_but_is_not_searchable_and_private_is_not_stored(home: Home) -> None:
    clean = gate(home).admit(
        raw(
            posts=[
                post("1", visibility="unlisted"),
                post("2", visibility="private"),
                post("3", visibility="direct"),
            ]
        )
    )
    assert one(clean, "posts")["searchable"] is False
    assert clean.counts["withheld.not_public"] == 2


@pytest.mark.parametrize(
    ("said", "missing", "listable"),
    [
        (True, "not_listable", True),
        (False, "listable", False),
        (None, "not_listable", False),
        (None, "listable", True),
    ],
)
def test_discoverable(home: Home, said: bool | None, missing: str, listable: bool) -> None:
    clean = gate(home, discoverable_missing=missing).admit(raw(accounts=[account(discoverable=said)]))
    assert one(clean, "accounts")["listable"] is listable


def test_hidden_collections_leave_no_follow_in_either_direction(home: Home) -> None:
    lake = Lake(home)
    first = gate(home)
    lake.append(first.admit(raw(edges=[follow("10", "11"), follow("12", "10"), follow("11", "12")])).tables)
    told = first.admit(
        raw(
            accounts=[account("10", hide_collections=True)],
            edges=[follow("10", "12")],
            posts=[post("1", "10", mentions=[{"native_id": "11", "handle": "b"}])],
        )
    )
    assert one(told, "accounts")["edges_visible"] is False
    assert [edge["kind"] for edge in rows(told, "edges")] == ["mention"]  # a public act, not a collection
    lake.append(told.tables)
    kept = lake.read("edges").select("src", "dst", "kind").rows()
    assert sorted(kept, key=str) == sorted(
        [
            (account_id(home, "11"), account_id(home, "12"), "follow"),
            (account_id(home, "10"), account_id(home, "11"), "mention"),
        ],
        key=str,
    )
    again = gate(home).admit(
        raw(accounts=[account("10", hide_collections=False)], edges=[follow("10", "12")])
    )
    assert one(again, "accounts")["edges_visible"] is True
    assert len(rows(again, "edges")) == 1


@pytest.mark.parametrize(
    ("birthday", "band"),
    [
        (date(2008, 8, 15), "18-24"),
        ("1996-01-02", "25-34"),
        ("1986/1/2", "35-44"),
        ("1960-05-05", "55+"),
        ("0000-05-05", None),
        ("1990", None),
        ("2026-13-45", None),
        ("1850-01-01", None),
        (None, None),
    ],
)
def test_age_band(home: Home, birthday: Any, band: str | None) -> None:
    assert one(gate(home).admit(raw(accounts=[account(birthday=birthday)])), "accounts")["age_band"] == band


def test_minors_are_not_kept(home: Home) -> None:
    first = gate(home)
    clean = first.admit(raw(accounts=[account("10", birthday="2008-08-16")], posts=[post("1", "10")]))
    assert clean.tables == {}
    assert clean.counts["withheld.minor"] == 1
    grown = Gate(home, policy(), "run2", clock=lambda: NOW + timedelta(days=1))
    assert (
        one(grown.admit(raw(accounts=[account("10", birthday="2008-08-16")])), "accounts")["age_band"]
        == "18-24"
    )
