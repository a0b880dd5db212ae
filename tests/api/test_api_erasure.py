"""Erasing people and enforcing retention, by command and by route."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.keys import add_key
from crawlers.again import put_back, waiting
from crawlers.protocols.page import Ask
from lake.gate import Gate
from lake.raw import RawRows
from lake.store import Lake
from privacy import audit
from privacy.disclosure import Role
from privacy.home import Home
from privacy.policies import Policy, add_policy

URL = "https://forum.example"
Say = Callable[..., tuple[int, str, str]]


def policy() -> Policy:
    return Policy(
        source="forum", base_url=URL, kind="discourse", terms_url=f"{URL}/tos", legal_basis="synthetic, of a test",
        fields=("posts.*", "accounts.*", "edges.*"), retention_days=30,
    )  # fmt: skip


def collect(home: Home, age: int, *authors: str) -> None:
    """A post of each author, and a refused page that names them all, collected so many days ago."""
    then = datetime.now(UTC) - timedelta(days=age)
    posts: list[Any] = [
        {
            "native_id": f"{age}{author}",
            "author_native_id": author,
            "author_handle": author,
            "created_at": then,
        }
        for author in authors
    ]
    row = {
        "url": f"{URL}/t/{age}",
        "kind": "topic",
        "meta": {},
        "body": " ".join(f"@{name}," for name in authors),
    }
    raw = RawRows(posts=posts, rejects=[{"table": "pages", "reason": "the page is no topic", "row": row}])
    Lake(home).append(Gate(home, policy(), "r", clock=lambda: then).admit(raw).tables)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    add_policy(home, policy())
    collect(home, 40, "kim")
    collect(home, 1, "lee", "kim")
    collect(home, 2, "may")
    return home


@pytest.fixture
def say(home: Home, capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*words: str) -> tuple[int, str, str]:
        code = cli.main([*words, "--home", str(home.root)])
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


def test_somebody_is_forgotten_wherever_they_are_named(home: Home, say: Say) -> None:
    put_back(
        home, "discourse", "forum", [Ask(f"{URL}/u/lee.json", "user", {}), Ask(f"{URL}/t/9", "topic", {})]
    )
    code, out, err = say("forget", "forum:lee", "--role", "admin", "--json")
    assert code == 0, err
    assert json.loads(out) == {
        "asked": 1,
        "erased": 1,
        "unknown": 0,
        "rows": {"rejects": 1, "posts": 1, "names": 2},
        "addresses": 1,
    }
    assert "renqun mine --full" in err
    assert Lake(home).read("rejects").height == 2, "the page that named both is gone, the others stay"
    assert [ask.url for ask in waiting(home, "discourse", "forum")] == [f"{URL}/t/9"]
    [entry] = audit.entries(home, 1)
    assert (entry.action, entry.detail["erased"]) == ("forget", 1)
    assert "lee" not in json.dumps(entry.detail), "the trail does not name whom it forgot"
    collect(home, 0, "lee")
    assert Lake(home).read("posts").height == 3, "does not come back"


def test_a_list_is_forgotten_and_strangers_are_told(home: Home, say: Say, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("source,handle\nforum,kim\nforum,stranger\n", "utf-8")
    code, out, err = say("forget", "--list", str(file), "--role", "admin")
    assert code == 0, err
    assert "1 account is withheld" in out
    assert "1 of 2 name nobody known" in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("forget", "forum:lee"), "needs the role admin"),
        (("retention",), "needs the role admin"),
        (("forget", "--role", "admin"), "the list is empty"),
        (("forget", "customer-7", "--role", "admin"), "'customer-7' names no account"),
        (("forget", "nowhere:lee", "--role", "admin"), "no source 'nowhere'"),
    ],
)
def test_what_is_refused_erases_nothing(home: Home, say: Say, words: tuple[str, ...], told: str) -> None:
    code, _, err = say(*words)
    assert code != 0
    assert told in err
    assert (Lake(home).read("posts").height, Lake(home).read("rejects").height) == (4, 3)


def test_rejects_have_an_age_limit_like_what_was_kept(home: Home, say: Say) -> None:
    code, out, _ = say("retention", "--dry-run", "--role", "admin", "--json")
    assert code == 0
    counted = {row["table"]: row["rows"] for row in json.loads(out)}
    assert counted == {"posts": 1, "rejects": 1, "names": 2}
    code, out, err = say("retention", "--role", "admin")
    assert code == 0
    assert "rejects" in out
    assert "renqun mine --full" in err
    assert (Lake(home).read("posts").height, Lake(home).read("rejects").height) == (3, 2)
    code, _, err = say("retention", "--role", "admin")
    assert code == 0
    assert "Nothing is older" in err
    assert audit.entries(home, 2)[-1].detail == {
        "rows": {"forum/posts": 1, "forum/rejects": 1, "forum/names": 2}
    }


def test_both_over_http(home: Home) -> None:
    with TestClient(create_app(home), base_url="http://127.0.0.1") as client:
        key = {"Authorization": f"Bearer {add_key(home, 'a', Role.ADMIN)}"}
        weak = {"Authorization": f"Bearer {add_key(home, 'p', Role.PLANNER)}"}
        asked = {"people": [{"source": "forum", "handle": "lee"}]}
        assert client.post("/v1/forget", json=asked, headers=weak).status_code == 403
        assert client.post("/v1/forget", json=asked, headers=key).json()["rows"]["rejects"] == 1
        assert client.post("/v1/forget", json={"people": []}, headers=key).status_code == 422
        rows = client.post("/v1/retention?rehearsal=true", headers=key).json()
        assert {row["table"] for row in rows} == {"posts", "rejects", "names"}
        assert client.post("/v1/retention", headers=weak).status_code == 403
        removed = client.post("/v1/retention", headers=key).json()
        assert [(row["table"], row["rows"]) for row in removed] == [
            (row["table"], row["rows"]) for row in rows
        ]
        assert client.post("/v1/retention", headers=key).json() == []
