"""Runs, rejects and sources as people and machines see them, over a home with a few real runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.collected import RunRow, latest_runs, one_run, reject_rows
from api.render.collected import runs_view
from api.render.console import console
from crawlers.robots_store import RobotsAnswer, keep
from lake.gate import Gate
from lake.raw import RawPost, RawReject, RawRows
from lake.runs import RunLog
from lake.store import Lake
from privacy import audit
from privacy.disclosure import Role
from privacy.errors import NotFoundError
from privacy.home import Home
from privacy.policies import Policy, add_policy

URL = "https://forum.example"
Say = Callable[..., tuple[int, str, str]]


def policy() -> Policy:
    return Policy(
        source="forum", base_url=URL, kind="discourse", terms_url=f"{URL}/tos", legal_basis="synthetic, of a test",
        fields=("posts.*", "accounts.*", "edges.*"),
    )  # fmt: skip


def run(home: Home, run_id: str, title: str | None, bad: int = 0) -> None:
    """A run of four posts and some bad ones."""
    lake = Lake(home)
    log = RunLog(lake, run_id, "crawl", "discourse", policy())
    at = datetime(2026, 6, 1, tzinfo=UTC)
    posts: list[RawPost] = [
        {
            "native_id": f"{run_id}{n}",
            "author_native_id": "lee",
            "created_at": at,
            "text": "hi",
            "title": title or "",
        }
        for n in range(4)
    ]
    posts += [{"native_id": f"bad{n}", "author_native_id": "lee", "text": "no time"} for n in range(bad)]
    clean = Gate(home, policy(), run_id).admit(RawRows(posts=posts))
    lake.append(clean.tables)
    log.note(clean)
    log.add(asked=2, fetched=1, forbidden=1)
    log.decide({"robotstxt/forbidden": 1, "pace/waited_seconds": 3.4})
    log.write("ok", "1 pages, 4 rows.")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("collected") / "home")
    add_policy(home, policy())
    keep(home, RobotsAnswer(URL, 200, "text/plain", b"User-agent: *\nCrawl-delay: 4\nDisallow: /admin\n"))
    for number in range(2):
        run(home, f"r{number}", "title")
    run(home, "late", None, bad=2)
    return home


@pytest.fixture
def say(home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command on this home: exit code, standard output, standard error."""
    monkeypatch.setenv("RENQUN_HOME", str(home.root))

    def run_command(*words: str) -> tuple[int, str, str]:
        code = cli.main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_command


@pytest.fixture
def client(home: Home) -> TestClient:
    return TestClient(create_app(home), base_url="http://127.0.0.1", client=("127.0.0.1", 5))


def test_a_run_has_its_verdict_decisions_and_completeness(home: Home) -> None:
    late, second, first = latest_runs(home, 10)
    assert (first.new, first.updated, first.warnings) == (4, 0, [])
    assert late.decisions == {"pace/waited_seconds": 3, "robotstxt/forbidden": 1}
    assert late.warnings == ["posts.title is filled in 0% of the rows, usually in 100%."]
    shares = {one.field: one for one in late.completeness}
    assert (shares["posts.title"].share, shares["posts.title"].usual, shares["posts.title"].fell) == (
        0,
        1,
        True,
    )
    assert {one.usual for one in first.completeness} == {None}, "nothing came before the first"
    assert second.completeness[0].usual is not None
    assert "posts.run_id" not in shares


def test_one_run_whole(home: Home) -> None:
    late = one_run(home, "late")
    assert [(one.table, one.reason, one.rows) for one in late.rejects] == [
        ("posts", "created_at is not a time with a zone", 2)
    ]
    assert one_run(home, "r0").rejects == []
    with pytest.raises(NotFoundError, match="no run 'none'"):
        one_run(home, "none")


def test_runs_in_the_terminal(say: Say) -> None:
    code, out, _ = say("runs", "--source", "forum")
    assert code == 0
    assert "posts.title is filled in 0%" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 100
    code, out, _ = say("runs", "late")
    assert code == 0
    assert "↓ warning" in out
    assert "robotstxt/forbidden" in out
    assert "3 s" in out
    assert max(map(len, out.splitlines())) <= 100
    assert say("runs", "--source", "nothing")[2].startswith("No runs yet")
    assert json.loads(say("runs", "late", "--json")[1])["rejects"][0]["rows"] == 2
    code, _, err = say("runs", "none")
    assert (code, len(err.splitlines())) == (2, 1)


def test_names_of_sources_stay_whole_beside_long_runs(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[dict[str, Any]] = [
        {"run_id": "weibo-search-20261129T013610-45c585", "kind": "import", "spider": "weibo-search", "source": "weibo",
         "status": "truncated", "rows": 209_298, "new": 57_552, "updated": 1234, "rejected": 1},
        {"run_id": "mastodon-20261129T013851-a8dda3", "kind": "crawl", "spider": "mastodon", "source": "mastodon",
         "status": "ok", "asked": 217, "fetched": 216, "rows": 6435, "new": 3695, "updated": 1, "rejected": 0},
    ]  # fmt: skip
    rows = [RunRow.model_validate(one) for one in told]
    console().print(runs_view(rows))
    lines = capsys.readouterr().out.splitlines()
    for run in rows:
        [line] = [line for line in lines if run.run_id in line]
        assert f" {run.source} " in line
    assert max(map(len, lines)) <= 100
    assert "216/217" in "".join(lines)


def test_runs_over_http(client: TestClient) -> None:
    listed = client.get("/v1/runs", params={"source": "forum", "limit": 1}).json()
    assert [(one["run_id"], one["new"], one["updated"]) for one in listed] == [("late", 4, 0)]
    assert listed[0]["warnings"]
    assert client.get("/v1/runs/late").json()["decisions"]["robotstxt/forbidden"] == 1
    missing = client.get("/v1/runs/none")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    assert client.get("/v1/runs", params={"source": "other"}).json() == []


def test_refused_rows_need_the_role_planner_and_are_audited(home: Home, say: Say, client: TestClient) -> None:
    before = len(audit.entries(home))
    code, out, _ = say("rejects", "rows", "--json")
    rows: list[dict[str, Any]] = json.loads(out)
    assert code == 0
    assert {json.loads(row["row"])["native_id"] for row in rows} == {"bad0", "bad1"}
    assert "no time" in say("rejects", "rows", "--source", "forum")[1]
    assert json.loads(say("rejects", "rows", "--reason", "another", "--json")[1]) == []
    assert len(client.get("/v1/rejects/rows", params={"limit": 1}).json()) == 1
    entries = audit.entries(home)
    assert len(entries) - before == 4
    assert {entry.action for entry in entries[:4]} == {"rejects"}
    code, out, err = say("rejects", "rows", "--role", "analyst")
    assert (code, out) == (2, "")
    assert "planner" in err


def test_refusals_by_reason_and_what_retry_says(say: Say) -> None:
    code, out, _ = say("rejects")
    assert code == 0
    assert "created_at is not a time with a zone" in " ".join(out.split())
    code, _, err = say("rejects", "retry", "--source", "forum")
    assert code == 0
    assert "2 refused rows: 0 passed, 0 pages were put back" in err
    assert "refused again: 2" in err
    assert json.loads(say("rejects", "retry", "--reason", "none", "--json")[1])["taken"] == 0


def test_sources_with_robots_and_last_run(home: Home, say: Say, client: TestClient) -> None:
    (row,) = client.get("/v1/sources").json()
    assert (row["source"], row["id"], row["rate"]) == ("forum", policy().id, 0.5)
    assert (row["robots_txt"]["says"], row["robots_txt"]["crawl_delay"]) == ("allows", 4)
    assert row["last_run"]["kind"] in ("crawl", "retry")
    code, out, _ = say("sources", "list")
    assert code == 0
    assert "allows (" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 100
    assert json.loads(say("sources", "list", "--json")[1])[0]["source"] == "forum"


def test_a_check_without_contact_or_entry_is_one_line(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RENQUN_CONTACT", raising=False)
    for words, says in (("forum", "names no contact"), ("nothing", "No policy entry covers")):
        code, out, err = say("sources", "check", words)
        assert (code, out, len(err.splitlines())) == (2, "", 1)
        assert says in err


def test_one_source_that_cannot_be_asked_does_not_keep_the_others_from_it(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RENQUN_CONTACT", raising=False)
    code, out, err = say("sources", "check", "--json")
    assert (code, err) == (0, "")
    [told] = [one for one in json.loads(out) if one["source"] == "forum"]
    assert "names no contact" in told["note"]
    assert any("RENQUN_CONTACT" in what for what in told["mend"]), "and what to do"
    assert told["last_run"]["status"] == "ok"


def test_a_slip_in_the_name_of_a_format_is_told_as_one(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    file.write_text("a,b\n1,2\n", "utf-8")
    code, out, err = say("import", "weibo-serch", str(file))
    assert (code, out) == (2, "")
    assert "'weibo-serch' is neither a format nor a file" in err
    assert "weibo-search" in err


def test_a_check_in_words(tmp_path: Path, say: Say, home: Home) -> None:
    add_policy(
        home,
        Policy(
            source="files",
            base_url="file:///x",
            kind="weibo-hot",
            licence_url="MIT",
            legal_basis="…",
            fields=("keywords.*",),
        ),
    )
    code, out, _ = say("sources", "check", "files")
    assert code == 0
    assert "imported from files" in out
    assert "legal_basis says hardly anything" in out
    assert "renqun import PATH" in out


def test_refused_rows_are_shown_as_people_read_them(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    add_policy(home, policy())
    rejects: list[RawReject] = [
        {"table": "posts", "reason": "a", "row": {"text": "露营\ud83d"}},
        {"table": "posts", "reason": "b", "row": "一行,\\u4e00"},
    ]
    Lake(home).append(Gate(home, policy(), "r").admit(RawRows(rejects=rejects)).tables)
    shown = {one.reason: one.row for one in reject_rows(home, Role.PLANNER, "test", 5)}
    assert shown == {"a": '{"text": "露营\\ud83d"}', "b": "一行,\\u4e00"}
