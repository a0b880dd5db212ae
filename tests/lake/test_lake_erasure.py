"""Erasure and retention in the lake: what must go goes, files too, and what may stay stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lake import upkeep
from lake.erasure import erase, names_of
from lake.gate import Gate
from lake.locks import Claim, writer_lock
from lake.raw import RawRows
from lake.retention import expire
from lake.store import Lake
from privacy.errors import ConflictError
from privacy.home import Home
from privacy.optouts import block, blocked
from privacy.policies import ALL_FIELDS, Policy, add_policy, load_policies
from privacy.pseudonyms import Pseudonyms

NOW = datetime(2026, 8, 2, tzinfo=UTC)
Make = Callable[..., pa.Table]


def policy(source: str = "s", days: int = 365) -> Policy:
    return Policy(
        source=source,
        base_url=f"https://{source}.example",
        kind="mastodon",
        terms_url="https://s.example/terms",
        legal_basis="test",
        fields=ALL_FIELDS,
        retention_days=days,
    )


def collect(lake: Lake, **raw: Any) -> None:
    gate = Gate(lake.home, policy(), "run", clock=lambda: NOW)
    lake.append(gate.admit(RawRows(**raw)).tables)


def post(number: str, author: str, handle: str, text: str = "hello") -> dict[str, Any]:
    return {
        "native_id": number,
        "author_native_id": author,
        "author_handle": handle,
        "created_at": NOW - timedelta(days=1),
        "text": text,
    }


def page(body: str) -> dict[str, Any]:
    row = {"url": "https://s.example/t/1", "kind": "topic", "meta": {}, "body": body}
    return {"table": "pages", "reason": "the page is no topic", "row": row}


def bytes_below(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*.parquet"))


BODIES = {
    "by number": '<a href="/u/4711">somebody</a> and others',
    "by handle": "<p>says @Alice-</p>",
    "by an escaped handle": json.dumps({"who": "山里的风", "x": "\\nalice"}),
    "by an address": "see https%3A%2F%2Fs.example%2F%40alice now",
    "by a name of entities": "".join(f"&#{ord(sign)};" for sign in "alice"),
}


@pytest.mark.parametrize("how", BODIES)
def test_a_refused_page_that_names_somebody_goes_with_them(lake: Lake, how: str) -> None:
    others = '<a href="/u/47110">malice and alices</a>'
    collect(
        lake,
        posts=[post("1", "4711", "alice"), post("2", "12", "bob")],
        rejects=[page(BODIES[how]), page(others)],
    )
    alice = Pseudonyms.open(lake.home).account("s", "4711")
    assert lake.read("rejects")["account_id"].to_list() == [None, None], "nobody could tell whose they are"

    erased = erase(lake, {alice}, names_of(lake, {alice}))

    assert erased == {"rejects": 1, "posts": 1, "names": 2}
    assert [json.loads(row)["body"] for row in lake.read("rejects")["row"]] == [others]
    assert lake.read("posts").height == 1
    assert alice.encode() not in bytes_below(lake.home.root), "the files hold nothing of her either"
    assert alice in blocked(lake.home)


def test_a_name_of_another_source_is_another_person(lake: Lake) -> None:
    collect(lake, rejects=[page("about 4711")])
    alice = Pseudonyms.open(lake.home).account("t", "4711")
    assert erase(lake, {alice}, {"t": {"4711"}}) == {}
    assert lake.read("rejects").height == 1


def test_erasing_goes_on_where_it_was_cut_off(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    collect(lake, posts=[post("1", "4711", "alice")], rejects=[page("@alice")])
    alice = Pseudonyms.open(lake.home).account("s", "4711")
    with monkeypatch.context() as broken:
        broken.setattr(upkeep, "compact", lambda *_: (_ for _ in ()).throw(OSError("power")))
        with pytest.raises(OSError, match="power"):
            erase(lake, {alice}, names_of(lake, {alice}))
    assert lake.read("posts").is_empty(), "withheld from the first moment"
    collect(lake, rejects=[page("again @alice")])
    assert erase(lake, {alice}, names_of(lake, {alice})) == {"rejects": 1, "posts": 1, "names": 2}


def test_nothing_is_erased_or_expires_under_a_running_crawl(lake: Lake) -> None:
    collect(lake, posts=[post("1", "4711", "alice")])
    claim = Claim(writer_lock(lake.home, "s"), "writing")
    try:
        with pytest.raises(ConflictError, match="crawled or imported"):
            erase(lake, {"u" + "0" * 32}, {})
        with pytest.raises(ConflictError):
            expire(lake, load_policies(lake.home), NOW)
        assert expire(lake, load_policies(lake.home), NOW, rehearsal=True) == []
    finally:
        claim.release()
    assert not blocked(lake.home)


def test_a_refused_page_that_names_a_withheld_account_is_not_kept(home: Home) -> None:
    block(home, [Pseudonyms.open(home).account("s", "4711")])
    gate = Gate(home, policy(), "run", clock=lambda: NOW)
    clean = gate.admit(RawRows(rejects=[page('{"id": "4711", "acct": "x"}'), page("of 47112")]))  # type: ignore[list-item]
    assert [json.loads(row)["body"] for row in clean.tables["rejects"]["row"].to_pylist()] == ["of 47112"]
    assert clean.counts["withheld.rejects"] == 1, "not in silence"


@pytest.fixture
def home(lake: Lake) -> Home:
    return lake.home


def test_what_is_older_than_its_entry_allows_is_removed_from_every_table(lake: Lake, make: Make) -> None:
    add_policy(lake.home, policy("s", days=30))
    add_policy(lake.home, policy("keeps", days=300))
    old, new = NOW - timedelta(days=40), NOW - timedelta(days=20)
    at = {"collected_at": [old, new, old], "source": ["s", "s", "keeps"]}
    lake.append(
        {
            "names": make("names", id=["u1", "u2", "u3"], kind=["account"] * 3, account_id=["u1", "u2", "u3"], **at),
            "posts": make("posts", id=["p1", "p2", "p3"], account_id=["u1", "u2", "u3"], **at),
            "accounts": make("accounts", id=["u1", "u2", "u3"], **at),
            "edges": make("edges", src=["u1", "u2", "u3"], dst=["u2", "u1", "u1"], kind=["follow"] * 3, post_id=[""] * 3, **at),
            "keywords": make("keywords", term=["a", "b", "c"], at=[old] * 3, grain=["day"] * 3, **at),
            "touchpoints": make("touchpoints", id=["t1", "t2", "t3"], **at),
            "rejects": make("rejects", id=["r1", "r2", "r3"], row=["one", "two", "three"], **at),
        }
    )  # fmt: skip
    policies = load_policies(lake.home)
    counted = expire(lake, policies, NOW, rehearsal=True)
    assert {(one.source, one.table, one.rows) for one in counted} == {
        ("s", name, 1)
        for name in ("names", "posts", "accounts", "edges", "keywords", "touchpoints", "rejects")
    }
    assert lake.read("rejects").height == 3, "a rehearsal leaves them"

    assert expire(lake, policies, NOW) == counted
    assert sorted(lake.read("rejects")["id"]) == ["r2", "r3"]
    assert {name: lake.read(name).height for name in ("names", "posts", "accounts", "edges", "keywords")} == dict.fromkeys(
        ("names", "posts", "accounts", "edges", "keywords"), 2
    )  # fmt: skip
    assert expire(lake, policies, NOW) == []
    assert len(list(lake.path("rejects").rglob("*.parquet"))) == 1, "no file of before is left"


def test_a_row_that_came_again_counts_from_then(lake: Lake, make: Make) -> None:
    add_policy(lake.home, policy("s", days=30))
    for when, text in ((NOW - timedelta(days=40), "first"), (NOW - timedelta(days=1), "again")):
        lake.append({"posts": make("posts", id=["p1"], text=[text], collected_at=[when])})
    [gone] = expire(lake, load_policies(lake.home), NOW)
    assert (gone.table, gone.rows) == ("posts", 1)
    assert lake.read("posts")["text"].to_list() == ["again"]


def test_a_source_without_an_entry_is_not_kept_for_ever(lake: Lake, make: Make) -> None:
    lake.append({"rejects": make("rejects", id=["r1"], row=["x"], collected_at=[NOW - timedelta(days=366)])})
    assert [one.source for one in expire(lake, load_policies(lake.home), NOW)] == ["s"]
    assert lake.read("rejects").is_empty()


def test_the_names_of_customers_stay_as_long_as_their_links(lake: Lake, make: Make) -> None:
    add_policy(lake.home, policy("s", days=30))
    ids, old = ["u" + "1" * 32, "u" + "2" * 32, "p" + "3" * 32], [NOW - timedelta(days=40)] * 3
    kinds, accounts = ["account", "account", "post"], [*ids[:2], None]
    lake.append(
        {
            "names": make("names", id=ids, kind=kinds, account_id=accounts, collected_at=old),
            "links": make("links", customer_id=["c"], account_id=ids[:1]),
        }
    )
    [told] = expire(lake, load_policies(lake.home), NOW)
    assert (told.table, told.rows) == ("names", 2)
    assert lake.read("names")["id"].to_list() == ids[:1]


def test_refused_pages_go_once_somebody_in_them_is_withheld(lake: Lake) -> None:
    collect(lake, posts=[post("1", "12", "bob")], rejects=[page("4711 and others"), page("of 47112")])
    block(lake.home, [Pseudonyms.open(lake.home).account("s", "4711")])
    [told] = expire(lake, load_policies(lake.home), NOW, rehearsal=True)
    assert (told.table, told.rows, told.why) == ("rejects", 1, "name somebody who is withheld")
    assert lake.read("rejects").height == 2
    assert expire(lake, load_policies(lake.home), NOW) == [told]
    assert [json.loads(row)["body"] for row in lake.read("rejects")["row"]] == ["of 47112"]
    assert lake.read("posts").height == 1
