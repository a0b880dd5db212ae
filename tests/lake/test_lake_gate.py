from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest

from lake import upkeep
from lake.gate import CleanRows, Gate
from lake.raw import RawRows
from lake.schemas import TABLES
from lake.store import Lake
from privacy import optouts
from privacy.brands import Brand, BrandRole, write_brands
from privacy.home import Home
from privacy.optouts import Reason
from privacy.policies import ALL_FIELDS, Policy
from privacy.pseudonyms import Pseudonyms

NOW = datetime(2026, 8, 15, 12, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))


def policy(**more: Any) -> Policy:
    entry: dict[str, Any] = {
        "source": "micro",
        "base_url": "http://micro.example",
        "kind": "mastodon",
        "legal_basis": "public",
        "fields": ALL_FIELDS,
        "terms_url": "http://micro.example/terms",
    }
    return Policy(**(entry | more))


def gate(home: Home, **more: Any) -> Gate:
    return Gate(home, policy(**more), "run1", clock=lambda: NOW)


def post(native_id: str = "1", author: str = "10", **more: Any) -> dict[str, Any]:
    return {
        "native_id": native_id,
        "author_native_id": author,
        "author_handle": f"name{author}",
        "created_at": NOW,
        "text": "今天去露营",
        "url": f"http://micro.example/@name{author}/{native_id}",
        "visibility": "public",
        "author_noindex": False,
        "author_indexable": True,
    } | more


def account(native_id: str = "10", **more: Any) -> dict[str, Any]:
    return {
        "native_id": native_id,
        "handle": f"Name{native_id}",
        "discoverable": True,
        "indexable": True,
    } | more


def follow(src: str, dst: str, **more: Any) -> dict[str, Any]:
    return {"src_native_id": src, "dst_native_id": dst, "kind": "follow"} | more


def raw(**tables: list[Any]) -> RawRows:
    return RawRows(**cast(Any, tables))


def rows(clean: CleanRows, table: str) -> list[dict[str, Any]]:
    return clean.tables[table].to_pylist() if table in clean.tables else []


def one(clean: CleanRows, table: str) -> dict[str, Any]:
    (row,) = rows(clean, table)
    return row


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def account_id(home: Home, native_id: str) -> str:
    return Pseudonyms.open(home).account("micro", native_id)


def test_a_post_becomes_pseudonymous_rows_with_provenance(home: Home) -> None:
    ids = Pseudonyms.open(home)
    clean = gate(home).admit(
        raw(
            posts=[
                post(
                    text="@Friend 加我微信 abc12345，手机138 1234 5678",
                    created_at=datetime(2026, 8, 1, 2, tzinfo=CHINA),
                    hashtags=["#露营#", "13812345678"],
                    mentions=[{"native_id": "20", "handle": "friend"}],
                    reply_to_native_id="7",
                    reply_to_author_native_id="30",
                    likes=3,
                    replies=-1,
                )
            ]
        )
    )
    assert list(clean.tables) == ["names", "posts", "edges"]
    row = one(clean, "posts")
    assert row["text"] == f"@{ids.account('micro', '20')} 加我微信 [微信]，手机[手机]"
    assert row["hashtags"] == ["露营", "[手机]"]
    assert (row["id"], row["account_id"]) == (ids.post("micro", "1"), ids.account("micro", "10"))
    assert (row["created_at"], row["month"]) == (datetime(2026, 7, 31, 18, tzinfo=UTC), "2026-07")
    assert (row["kind"], row["reply_to_id"]) == ("reply", ids.post("micro", "7"))
    assert row["mention_ids"] == [ids.account("micro", "20")]
    assert (row["likes"], row["replies"], row["reposts"]) == (3, None, None)
    assert row["searchable"] is True
    assert (row["source"], row["run_id"], row["collected_at"]) == ("micro", "run1", NOW)
    assert row["policy_id"] == policy().id
    edges = {(edge["kind"], edge["src"], edge["dst"], edge["post_id"]) for edge in rows(clean, "edges")}
    assert edges == {
        ("mention", row["account_id"], ids.account("micro", "20"), row["id"]),
        ("reply", row["account_id"], ids.account("micro", "30"), row["id"]),
    }
    assert all(edge["at"] == row["created_at"] for edge in rows(clean, "edges"))


def test_no_name_leaves_the_vault(home: Home) -> None:
    write_brands(home, [Brand("山野", BrandRole.OURS, ("micro:#99",))])
    clean = gate(home).admit(
        raw(
            posts=[post(text="我是 http://micro.example/@name10 //@name20: 好", author="10")],
            accounts=[account("10", url="http://micro.example/@name10", name="张三", bio="找 @name20")],
            edges=[follow("10", "20")],
        )
    )
    for table in ("posts", "accounts", "edges"):
        text = str(clean.tables[table].to_pylist()).lower()
        assert "name10" not in text
        assert "name20" not in text
        assert "张三" not in text
    names = {row["id"]: row for row in rows(clean, "names")}
    assert names[account_id(home, "10")]["handle"] == "name10"
    assert names[account_id(home, "10")]["native_id"] == "10"


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


def test_public_accounts_keep_their_name(home: Home) -> None:
    write_brands(
        home,
        [Brand("山野", BrandRole.OURS, ("micro:name10",)), Brand("快报", BrandRole.MEDIA, ("micro:#11",))],
    )
    clean = gate(home).admit(
        raw(
            accounts=[
                account("10", name="山野官方"),
                account("11", name="快报"),
                account("12", name="市图书馆", kind="organisation", verified=True),
                account("13", name="某公司", kind="organisation"),
                account("14", name="李四", kind="person", verified=True),
                account("15", name="王五", kind="brand", verified=False),
            ]
        )
    )
    shown = [(row["kind"], row["public"], row["name"]) for row in rows(clean, "accounts")]
    assert shown == [
        ("brand", True, "山野"),
        ("media", True, "快报"),
        ("organisation", True, "市图书馆"),
        ("organisation", False, None),
        ("person", False, None),
        ("organisation", False, None),
    ]


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


def test_handles_known_from_earlier_runs_resolve_through_the_vault(home: Home) -> None:
    Lake(home).append(gate(home).admit(raw(accounts=[account("10", handle="小明")])).tables)
    clean = gate(home).admit(raw(posts=[post("1", "11", text="谢谢 @小明")]))
    assert one(clean, "posts")["text"] == f"谢谢 @{account_id(home, '10')}"


def test_a_gate_that_forgets_accounts_gives_the_same_pseudonyms(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lake.gate.names._REMEMBERED", 3)
    forgetful = gate(home)
    for batch in range(4):
        authors = [str(number) for number in range(batch * 2, batch * 2 + 6)]
        follows = [follow(author, "99") for author in authors]
        posts = [post(author, author, author_handle=f"h{author}") for author in authors]
        clean = forgetful.admit(raw(posts=posts, edges=follows))
        expected = [account_id(home, author) for author in authors]
        assert [row["account_id"] for row in rows(clean, "posts")] == expected
        assert [row["src"] for row in rows(clean, "edges")] == expected
        named = {row["id"]: row["handle"] for row in rows(clean, "names") if row["kind"] == "account"}
        assert named.get(expected[-1]) == f"h{authors[-1]}"
    assert len(forgetful.names._ids) <= 3 + 7


def test_an_account_repeated_in_a_batch_is_one_row_as_seen_last(home: Home) -> None:
    clean = gate(home).admit(raw(accounts=[account("10", bio="旧"), account("10", bio="新")]))
    assert one(clean, "accounts")["bio"] == "新"


def test_nothing_in_nothing_out(home: Home) -> None:
    assert gate(home).admit(RawRows()).tables == {}
