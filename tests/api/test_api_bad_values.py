"""Values that no field should take, through the API and the command line: refused with what to change, never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.keys import add_key
from privacy.disclosure import Role
from privacy.home import Home
from tests.audience.audience_world import own_world

HALF = "\ud800"  # half of a pair: JSON can say it, no text has it
EARLY, LATE = "0001-01-01", "9999-12-31"
SEGMENT = {"name": "某人群", "query": "region:上海"}

# Method, path, query or body, and words that the answer must hold.
REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("GET", "/v1/audit", {"before": 10**23}, "no entry"),
    ("GET", "/v1/audit", {"before": 2**63}, "no entry"),
    ("GET", "/v1/audit", {"since": EARLY}, "outside the years"),
    ("GET", "/v1/audit", {"until": EARLY}, "outside the years"),
    ("GET", "/v1/audit", {"since": LATE + "T23:59:59-14:00"}, "outside the years"),
    ("POST", "/v1/segments", SEGMENT | {"note": HALF}, "U+D800"),
    ("POST", "/v1/segments", SEGMENT | {"note": "a\x00b"}, "U+0000"),
    ("POST", "/v1/segments", SEGMENT | {"note": "长" * 1_001}, "1,001 characters"),
    ("PATCH", "/v1/segments/潜客", {"note": HALF}, "U+D800"),
    ("PUT", "/v1/segments/潜客/alerts", {"target": "https://[::1"}, "no place to send to"),
    ("PUT", "/v1/segments/潜客/alerts", {"target": "mailto:a@b" + HALF}, "U+D800"),
    ("PUT", "/v1/segments/潜客/alerts", {"target": "https://a.example/" + "长" * 5_000}, "characters"),
    ("POST", "/v1/suppressed", {"people": [{"customer_id": "C1"}], "note": HALF}, "U+D800"),
    ("POST", "/v1/suppressed", {"people": [{"customer_id": HALF}]}, "unicode"),
    ("POST", "/v1/suppressed", {"people": [{"customer_id": "C" * 5_000}]}, "1000 characters"),
    ("POST", "/v1/forget", {"people": [{"source": "forum", "handle": "\x01"}]}, "U+0001"),
    ("POST", "/v1/tags", {"name": "某标签", "words": ["登" * 41]}, "41 characters"),
    ("GET", "/v1/tags/露营/sample", {"seed": -1}, "seed is 0 or more"),
    ("POST", "/v1/tags/露营/vetoes", {"word": "登" * 5_000}, "5,000 characters"),
    ("POST", "/v1/activate", {"audience": "region:上海", "purpose": "给会员的邮件" + HALF}, "U+D800"),
]  # fmt: skip


@pytest.fixture(scope="module")
def home() -> Home:
    return own_world("bad-values")[0]


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[TestClient]:
    headers = {"Authorization": f"Bearer {add_key(home, 'officer', Role.ADMIN)}"}
    with TestClient(create_app(home), base_url="http://127.0.0.1", headers=headers) as client:
        from audience.segments import manage

        manage.save(home, "潜客", "region:上海")
        yield client


@pytest.mark.parametrize(("method", "path", "given", "words"), REFUSED, ids=range(len(REFUSED)))
def test_the_api_says_what_to_change(
    server: TestClient, method: str, path: str, given: dict[str, Any], words: str
) -> None:
    if method == "GET":
        answer = server.get(path, params=given)
    else:
        body = json.dumps(given).encode()
        answer = server.request(method, path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert words in answer.json()["detail"]
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["audit", "--role", "admin", "--before", str(10**23)], "no entry"),
        (["audit", "--role", "admin", "--since", EARLY], "outside the years"),
        (["mine", "--as-of", EARLY], "outside the years"),
        (["mine", "--as-of", "gestern"], "is not a time"),
        (["segments", "edit", "潜客", "--note", "a\x01"], "U+0001"),
        (["audit", "--role", "admin", "--who", "\udcff"], "U+DCFF"),
        (["runs", "--source", "\udcff"], "U+DCFF"),
        (["suppress", "add", "C\udcff"], "U+DCFF"),
    ],
)
def test_the_command_line_says_what_to_change(
    server: TestClient, home: Home, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*words, "--home", str(home.root)]) == cli.BAD_INPUT
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert told in shown


def test_what_toml_does_not_take_never_reaches_a_file(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    words = ["sources", "add", "forum", "--base-url", "https://a.example", "--kind", "discourse"]
    words += ["--terms-url", "https://a.example/tos", "--home", str(home.root)]
    assert cli.main([*words, "--legal-basis", "asked\x7f"]) == cli.BAD_INPUT
    assert not home.sources.exists()
    assert cli.main([*words, "--legal-basis", "asked"]) == 0


def test_a_file_name_that_is_no_text_is_audited_all_the_same(tmp_path: Path) -> None:
    from privacy import audit

    home = Home(tmp_path / "home")
    audit.record(home, "local", Role.PLANNER, "export", {"file": "a\udcff.csv"})
    assert audit.entries(home)[0].detail == {"file": "a?.csv"}
