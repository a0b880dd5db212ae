"""Which names the gate turns into pseudonyms, which it keeps, and what it remembers of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from lake.raw import RawRows
from lake.store import Lake
from privacy.brands import Brand, BrandRole, write_brands
from privacy.home import Home
from privacy.pseudonyms import Pseudonyms
from tests.lake.gate_lab import NOW, account, account_id, follow, gate, one, policy, post, raw, rows

CHINA = timezone(timedelta(hours=8))


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


def test_handles_known_from_earlier_runs_resolve_through_the_vault(home: Home) -> None:
    Lake(home).append(gate(home).admit(raw(accounts=[account("10", handle="小明")])).tables)
    clean = gate(home).admit(raw(posts=[post("1", "11", text="谢谢 @小明")]))
    assert one(clean, "posts")["text"] == f"谢谢 @{account_id(home, '10')}"


def test_a_gate_that_forgets_accounts_gives_the_same_pseudonyms(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lake.gate.names._REMEMBERED", 3)
    monkeypatch.setattr("lake.gate.noted._MOST", 3)
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
