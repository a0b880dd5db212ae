"""The audit trail read by command and over HTTP: by whom, what, when; for admins, and each look is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from fastapi.testclient import TestClient
from rich.cells import cell_len

from api import cli
from api.app import create_app
from api.keys import add_key, revoke_key
from privacy import audit
from privacy.disclosure import Role
from privacy.errors import BadInputError
from privacy.home import Home

Say: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    audit.record(home, "小王", Role.PLANNER, "search", {"query": "tag:露营>=3", "total": 120})
    audit.record(home, "小王", Role.PLANNER, "export", {"query": "tag:露营>=3", "rows": 118})
    audit.record(home, "growth", Role.ANALYST, "search", {"query": "露营 " * 200, "total": 0})
    return home


@pytest.fixture
def say(home: Home, capsys: pytest.CaptureFixture[str]) -> Say:
    def run(*words: str) -> tuple[int, str, str]:
        code = cli.main(["audit", *words, "--home", str(home.root)])
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


def read(say: Say, *words: str) -> list[tuple[str, str]]:
    code, out, err = say(*words, "--role", "admin", "--json")
    assert code == 0, err
    rows: list[dict[str, Any]] = json.loads(out)
    return [(row["who"], row["action"]) for row in rows]


def test_narrowed_by_who_what_and_when(say: Say) -> None:
    everything = [("growth", "search"), ("小王", "export"), ("小王", "search")]
    assert read(say) == everything
    assert read(say, "--who", "小王") == everything[1:]
    assert read(say, "--who", "小王", "--action", "export") == everything[1:2]
    assert read(say, "--since", "1h", "--action", "search") == [everything[0], everything[2]]
    yesterday, tomorrow = ((datetime.now(UTC) + timedelta(days=days)).date().isoformat() for days in (-2, 2))
    assert read(say, "--since", yesterday, "--until", tomorrow, "--who", "growth") == everything[:1]
    assert read(say, "--until", yesterday) == []
    assert read(say, "--since", tomorrow, "--until", tomorrow) == []


def test_a_look_is_an_entry_and_older_ones_follow(say: Say, home: Home) -> None:
    assert read(say, "--limit", "2", "--who", "小王") == [("小王", "export"), ("小王", "search")]
    looked = audit.entries(home, 1)[0]
    assert (looked.who, looked.role, looked.action) == ("local", "admin", "audit")
    assert looked.detail == {"who": "小王", "shown": 2}
    oldest = audit.entries(home)[-1]
    assert read(say, "--before", str(oldest.id + 1)) == [("小王", "search")]
    code, _, err = say("--role", "admin", "--limit", "1")
    assert code == 0
    assert "--before" in err


def test_the_table_fits_and_long_details_are_cut(say: Say) -> None:
    code, out, _ = say("--role", "admin")
    assert code == 0
    assert max(map(cell_len, out.splitlines())) <= 100
    assert "小王" in out
    assert "tag:露营>=3" in "".join(out.split())
    assert "(--json shows all)" in " ".join(out.split())
    assert "No entry" in say("--role", "admin", "--who", "nobody")[2]


def test_only_admins_look_and_bad_times_are_told(say: Say, home: Home) -> None:
    code, out, err = say()
    assert (code, out) == (2, "")
    assert "admin" in err
    code, _, err = say("--role", "admin", "--since", "soon")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "'soon' is not a time" in err
    assert [entry.action for entry in audit.entries(home)] == ["search", "export", "search"]


def test_over_http(home: Home) -> None:
    with TestClient(create_app(home), base_url="http://127.0.0.1") as client:
        weak = {"Authorization": f"Bearer {add_key(home, 'a', Role.ACTIVATE)}"}
        key = {"Authorization": f"Bearer {add_key(home, 'officer', Role.ADMIN)}"}
        assert client.get("/v1/audit", headers=weak).status_code == 403
        rows = client.get("/v1/audit", params={"action": "key add"}, headers=key).json()
        assert [row["detail"] for row in rows] == [
            {"key": "officer", "role": "admin"},
            {"key": "a", "role": "activate"},
        ]
        [look] = client.get("/v1/audit", params={"who": "officer", "limit": 1}, headers=key).json()
        assert (look["action"], look["role"]) == ("audit", "admin")
        asked = {"before": look["id"], "action": "search", "limit": 1}
        [row] = client.get("/v1/audit", params=asked, headers=key).json()
        assert (row["who"], row["detail"]["total"]) == ("growth", 0)
        assert client.get("/v1/audit", params={"since": "soon"}, headers=key).status_code == 400
        assert client.get("/v1/audit", params={"limit": 10**12}, headers=key).status_code == 422


def test_who_gives_keys_is_kept_and_nobody_is_called_local(home: Home) -> None:
    add_key(home, "a", Role.ADMIN)
    revoke_key(home, "a")
    assert [entry.action for entry in audit.entries(home, 2)] == ["key revoke", "key add"]
    with pytest.raises(BadInputError, match="local"):
        add_key(home, "local", Role.ADMIN)
