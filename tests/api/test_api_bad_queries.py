"""Queries meant to break something, through the command line and a served API: refused with what to change, never a crash."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api import cli
from privacy.home import Home
from tests.api.renqun_process import serving
from tests.audience.audience_world import own_world

DEEP = '{"all":[' * 100_000 + "]}" * 100_000
MANY = [{"field": "region", "value": "上海"}] * 10_000
NUL_JSON = b'{"query": "\\u0000"}'

# Bodies of POST /v1/search, as bytes or to be written as JSON, with words that the answer must hold.
REFUSED: list[tuple[bytes | dict[str, Any], str]] = [
    (b'{"query": ' + DEEP.encode() + b"}", "parsing the body"),
    (b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "parsing the body"),
    (b"not json", "JSON"),
    (b'{"query": "\xff\xfe"}', "parsing the body"),
    (b'{"query": "\\ud800"}', "unicode"),
    (NUL_JSON, "U+0000"),
    ({"query": DEEP}, "100,000 characters"),
    ({"query": '{"all":[' * 9_000 + "]}" * 9_000}, "JSON is no query"),
    ({"query": "(" * 99_999}, "deeper than 50"),
    ({"query": "-" * 99_999}, "condition is missing"),
    ({"query": "'; DROP TABLE names;--"}, "condition is missing"),
    ({"query": " OR ".join(["a"] * 10_000)}, "1,000 conditions"),
    ({"query": {"any": MANY}}, "1,000 conditions"),
    ({"query": " OR ".join(f"influence:p{n % 100}..p100" for n in range(201))}, "200 parts"),
    ({"query": "a" * 201}, "200 characters"),
    ({"limit": 10**12}, "1000"),
    ({"limit": -1}, "greater than or equal to 0"),
    ({"limit": 1.5}, "integer"),
    ({"cursor": f"x.levels.1.1.{10**12}"}, "cursor"),
    ({"cursor": "x.levels.-1.-1.-1"}, "cursor"),
    ({"cursor": "a" * 100_000}, "cursor"),
    ({"offset": 10**12}, "offset"),
    ({"as_of": "9999-12-31T00:00:00Z"}, "between 2000 and 2100"),
    ({"as_of": "0001-01-01T00:00:00Z"}, "between 2000 and 2100"),
    ({"as_of": "2026-08-01T00:00:00"}, "timezone"),
    ({"order": "uid; DROP TABLE"}, "relevance"),
    ({"order": "lookalike"}, "somebody to be like"),
    ({"like": "tag:露营"}, "needs no seeds"),
    ({"order": "lookalike", "like": []}, "seed list is empty"),
    ({"order": "lookalike", "like": [{"nickname": "x"}]}, "not permitted"),
    ({"order": "lookalike", "like": 5}, "valid dictionary"),
    ({"facets": ["_id"]}, "no facet"),
    ({"baseline": "tag:不存在的标签"}, "no interest tag"),
    ({"query": 'tag:"x\\") OR *:*"'}, "no interest tag"),
    ({"query": "*:*"}, "cannot start here"),
    ({"query": "_exists_:row"}, "no field '_exists_'"),
    ({"query": "account:u00000000000000000000000000000001"}, "no field 'account'"),
    ({"query": {"all": [{"field": "account", "value": "u1"}]}}, "no such field"),
    ({"query": {"all": [{"field": "words", "value": {"$gt": ""}}]}}, "valid string"),
    ({"query": {"script": "ctx._source"}}, "not permitted"),
    ({"query": '{"$ne": null}'}, "not permitted"),
    ({"query": "influence:>=p99999999999999999999"}, "not a number"),
    ({"query": "followers:<0"}, "not a number|greater"),
    ({"query": "active:99999999d"}, "number of days"),
    ({"query": 'posts("露营")>=99999999999/7d'}, "how many"),
    ({"query": 'posts("露营")>=4/31d'}, "7, 30 or 90 days"),
    ({"query": "posts(不常见的词)>=3/30d"}, "not counted"),
    ({"query": "segment:没有"}, "no segment"),
]  # fmt: skip

# Text that looks dangerous to some engine and is only words here; answered like any other.
HARMLESS = [
    "(((a+)+)+)+$ " + "a" * 180,
    "'; DROP TABLE names; x--",
    "[* TO *]",
    "words:/.*/",
    "a~99 b^9999",
    '"${jndi:ldap://x} {{7*7}}"',
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "NOT " * 20_000 + "露营",
]


@pytest.fixture(scope="module")
def home() -> Home:
    return own_world("bad-input")[0]


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[httpx.Client]:
    with serving(home.root) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert client.post("/v1/search", json={"query": "露营"}).status_code == 200
        yield client


def _post(server: httpx.Client, body: bytes | dict[str, Any]) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return server.post("/v1/search", content=content, headers={"content-type": "application/json"})


@pytest.mark.xdist_group("faces")
@pytest.mark.parametrize(("body", "words"), REFUSED, ids=range(len(REFUSED)))
def test_the_api_says_what_to_change(server: httpx.Client, body: bytes | dict[str, Any], words: str) -> None:
    answer = _post(server, body)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert any(part in problem["detail"] for part in words.split("|")), problem["detail"]
    assert problem["hint"]
    assert len(answer.content) < 4_000


@pytest.mark.xdist_group("faces")
@pytest.mark.parametrize("text", HARMLESS)
def test_text_that_looks_dangerous_is_only_words(server: httpx.Client, text: str) -> None:
    began = time.monotonic()
    answer = _post(server, {"query": text})
    assert answer.status_code == 200, answer.text
    assert time.monotonic() - began < 30
    explained = server.post("/v1/query", json={"query": text}).json()
    assert server.post("/v1/query", json={"query": explained["query"]}).json()["text"] == explained["text"]


@pytest.mark.xdist_group("faces")
def test_the_server_still_answers_afterwards(server: httpx.Client) -> None:
    assert server.get("/v1/health").status_code == 200
    assert _post(server, {"query": "region:上海"}).json()["total"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["(" * 99_999], "deeper than 50"),
        ([" OR ".join(["a"] * 10_000)], "1,000 conditions"),
        (["", "--limit", str(10**12)], "1000"),
        (["", "--limit", "-1"], "equal to 0"),
        (["", "--cursor", f"x.levels.1.1.{10**12}"], "cursor"),
        (["", "--sort", "uid"], "no order 'uid'"),
        (["tag:露营", "--sort", "lookalike"], "give both: --sort lookalike --like SEEDS.csv"),
        (["", "--like", "tag:露营"], "the order relevance needs no seeds"),
        (["", "--sort", "lookalike", "--like", "weg.csv"], "no file weg.csv"),
        (["", "--sort", "lookalike", "--like", "tag:露莹"], "did you mean 露营"),
        (["", "--facet", "regoin"], "did you mean region?"),
        (["", "--as-of", "9999-12-31"], "between 2000 and 2100"),
        (["", "--as-of", "yesterday"], "as-of"),
        (["tag:露莹"], "did you mean 露营"),
        (["posts(露营)>=4/30d"], "the nearest that works is posts"),
        (["segment:没有"], "no segment"),
    ],
)
def test_the_command_line_says_what_to_change(
    home: Home,
    words: list[str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RENQUN_HOME", str(home.root))
    assert cli.main(["search", *words]) == cli.BAD_INPUT
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert told in shown
    assert "Traceback" not in shown
    assert all(len(line) < 420 for line in shown.splitlines())


def test_the_command_line_draws_a_caret_below_the_place(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RENQUN_HOME", str(home.root))
    assert cli.main(["search", "region:上海 tag:露莹"]) == cli.BAD_INPUT
    _, query, caret = capsys.readouterr().err.splitlines()
    assert query == "region:上海 tag:露莹"
    assert caret == " " * 12 + "^"


def test_an_index_of_an_older_schema_says_to_mine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from audience.index.opened import current

    old = own_world("older-schema")[0]
    meta = current(old) / "meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text()), "schema": "0123456789abcdef"}))
    monkeypatch.setenv("RENQUN_HOME", str(old.root))
    assert cli.main(["search", "region:上海"]) == cli.FAILED
    assert capsys.readouterr().err.strip() == (
        "error: the search index was built by another version of renqun, or with other settings — run: renqun mine"
    )
    with serving(old.root) as url:
        answer = httpx.post(url + "/v1/search", json={"query": "region:上海"}, timeout=60)
        assert (answer.status_code, answer.json()["hint"]) == (503, "run: renqun mine")
        assert answer.headers["retry-after"]
