"""The command line itself: light start, exit codes, one clear line for whatever goes wrong."""

from __future__ import annotations

import json
import re
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from api import cli
from api.commands import build
from api.commands.collect import spider_and_source
from privacy.errors import RenqunError
from privacy.home import Home
from privacy.policies import Policy, add_policy
from tests.api.renqun_process import bare_starts, cpu_seconds, one_error_line, renqun

COMMANDS = (
    "demo", "crawl", "import", "mine", "search", "lookalike", "trends", "overlap", "export", "serve", "runs",
    "rejects", "doctor", "sandbox", "sources", "keys",
)  # fmt: skip


def test_help_lists_every_command_and_starts_light() -> None:
    renqun("--help")  # where nothing was compiled yet, it is now
    with cpu_seconds() as spent:
        done = renqun("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout
    assert bare_starts(spent) < 6, "2.6 on a quiet machine"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert re.fullmatch(r"renqun \d+\.\d+\S*\n", capsys.readouterr().out)


@pytest.mark.parametrize("heavy", ["polars", "pyarrow", "fastapi", "sqlalchemy", "tantivy", "scrapy", "rich"])
def test_help_imports_nothing_heavy(heavy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"import sys; from api.cli import main; main(['--help']); sys.exit({heavy!r} in sys.modules)"
    import subprocess

    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([command, "--help"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 5


def test_every_command_that_touches_data_takes_home(capsys: pytest.CaptureFixture[str]) -> None:
    for command in set(COMMANDS) - {"sandbox", "sources", "keys"}:
        cli.main([command, "--help"])
        assert "--home" in capsys.readouterr().out, command


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_another_python_is_refused_in_one_line(
    version: tuple[int, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    info = namedtuple("info", "major minor micro releaselevel serial")
    monkeypatch.setattr(sys, "version_info", info(*version, 0, "final", 0))
    assert cli.main(["--help"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"this is {version[0]}.{version[1]}" in said


def test_the_door_can_be_read_by_an_old_python() -> None:
    import ast

    ast.parse(Path(cli.__file__).read_text("utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["serach", "x"], "No such command 'serach'"),
        (["search", "--limit", "many"], "'--limit': Input should be a valid integer"),
        (["search", "--role", "king"], "There is no role 'king'"),
        (["crawl", "telnet", "--source", "x"], "no spider 'telnet'"),
        (["overlap"], "Missing argument"),
    ],
)
def test_bad_words_are_bad_input(
    words: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RENQUN_HOME", str(tmp_path))
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert says in said


@pytest.mark.parametrize("group", ["sources", "keywords", "schedule", "segments"])
def test_a_group_without_a_command_shows_what_it_has(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([group]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"Usage: renqun {group}")
    assert "Commands:" in said
    assert len(said.splitlines()) > 5


def test_a_query_that_begins_with_a_minus_is_told_where_to_stand(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["search", "-follows:远帐"]) == 2
    assert "stands after --: renqun search -- '" in capsys.readouterr().err
    assert cli.main(["search", "--limt", "3"]) == 2
    assert "--help says how" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["search", "lookalike", "query explain"])
def test_a_query_that_the_shell_took_apart_is_shown_in_quotes(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*command.split(), "tag:露营", "region:上海", "or", "a"]) == 2
    assert f"in quotes: renqun {command} 'tag:露营 region:上海 or a'" in capsys.readouterr().err


def test_no_index_is_one_line_that_says_what_to_run(tmp_path: Path) -> None:
    done = renqun("search", "tag:露营", home=tmp_path / "empty")
    assert done.returncode == 1
    assert "renqun mine" in one_error_line(done)
    assert not (tmp_path / "empty" / "index").exists()


@pytest.mark.parametrize(
    "words",
    [("search", "tag:露营"), ("tags", "words", "露营"), ("topics",), ("influence",), ("communities",)],
)
def test_an_empty_home_says_what_comes_first(run: Run, words: tuple[str, ...]) -> None:
    code, _, said = run(*words)
    assert code == 1
    assert (
        "collect first (renqun crawl, renqun import, or renqun demo to try it), then run: renqun mine" in said
    )
    assert "Errno" not in said


def test_without_brands_the_command_that_adds_one_is_named(run: Run) -> None:
    assert "renqun brands add NAME --account SOURCE:HANDLE" in run("overlap", "山野集", "远帐")[2]


def test_a_role_that_is_missing_is_said_in_the_command(run: Run) -> None:
    for words in (("audit",), ("campaign", "remove", "spring")):
        code, _, said = run(*words)
        assert code == 2
        assert "you act as planner — on your own machine say --role admin" in said


def test_work_that_another_process_does_is_no_bad_input(run: Run, tmp_path: Path) -> None:
    from api.schedule.state import claim

    home = Home(tmp_path)
    terms = ("--terms-url", "https://forum.example/tos")
    assert run("sources", "add", "forum", *FORUM, *terms)[0] == 0
    home.schedule.write_text('[forum]\nspider = "discourse"\nevery = "1d"\n', "utf-8")
    held = claim(home)
    code, _, said = run("schedule", "run")
    held.release()
    assert "is running the schedule of this home already" in said, said
    assert code == 1


def test_mining_an_empty_home_is_bad_input(tmp_path: Path) -> None:
    done = renqun("mine", home=tmp_path)
    assert done.returncode == 2
    assert "no posts" in one_error_line(done)


def test_crawling_without_a_policy_entry_is_refused(tmp_path: Path) -> None:
    done = renqun("crawl", "discourse", "--source", "forum", home=tmp_path)
    assert done.returncode == 2
    assert "renqun sources add" in one_error_line(done)


def test_an_unwritable_home_is_one_line(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    done = renqun("keys", "add", "x", "--home", blocked / "home")
    assert done.returncode == 1
    assert str(blocked) in one_error_line(done)


def test_an_unexpected_failure_shows_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise KeyError("odd\nthing")

    app = build()
    app.command("fail")(fail)
    monkeypatch.setattr("api.commands.build", lambda: app)
    assert cli.main(["fail"]) == 1
    assert capsys.readouterr().err.startswith("error: unexpected KeyError")


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in this process on a home of its own: exit code, output, errors."""
    monkeypatch.setenv("RENQUN_HOME", str(tmp_path))

    def command(*words: str) -> tuple[int, str, str]:
        code = cli.main(list(words))
        out, err = capsys.readouterr()
        return code, out, err

    return command


Run = Callable[..., tuple[int, str, str]]
FORUM = (
    "--base-url",
    "https://forum.example",
    "--kind",
    "discourse",
    "--legal-basis",
    "public, terms allow it",
)


def test_sources_are_added_and_listed(run: Run) -> None:
    assert run("sources", "add", "forum", *FORUM, "--terms-url", "https://forum.example/tos")[0] == 0
    listed = json.loads(run("sources", "list", "--json")[1])
    assert [(one["source"], one["rate"], one["robots"]) for one in listed] == [("forum", 0.5, "obey")]
    assert "forum.example" in run("sources", "list")[1]


def test_a_source_without_terms_is_refused(run: Run, tmp_path: Path) -> None:
    code, _, said = run("sources", "add", "forum", *FORUM)
    assert code == 2
    assert "terms_url" in said
    assert not (tmp_path / "sources.toml").exists()


def test_brands_are_added_replaced_and_listed(run: Run) -> None:
    assert run("brands", "add", "山野集", "--role", "competitor", "--account", "forum:shanye")[0] == 0
    assert run("brands", "add", "山野集", "--role", "ours", "--account", "forum:shanyeji")[0] == 0
    (brand,) = json.loads(run("brands", "list", "--json")[1])
    assert (brand["role"], brand["accounts"]) == ("ours", ["forum:shanyeji"])
    assert run("brands", "add", "x", "--role", "friend", "--account", "forum:x")[0] == 2
    assert run("brands", "add", "x", "--role", "ours", "--account", "nobody")[0] == 2


def test_keys_are_shown_once_and_kept_as_a_hash(run: Run, tmp_path: Path) -> None:
    code, out, told = run("keys", "add", "console", "--role", "planner")
    assert "the API answers nobody without a key, not even on this machine" in told
    assert "not even" not in run("keys", "add", "another")[2]
    assert run("keys", "revoke", "another")[0] == 0
    key = out.strip()
    assert code == 0
    assert key.startswith("rq_")
    for file in tmp_path.iterdir():
        assert key.encode() not in file.read_bytes()
    assert run("keys", "add", "console")[0] == 2
    assert run("keys", "revoke", "console")[0] == 0
    assert run("keys", "revoke", "console")[0] == 2
    [listed] = [one for one in json.loads(run("keys", "list", "--json")[1]) if one["name"] == "console"]
    assert listed["role"] == "planner"
    assert listed["revoked_at"]


def test_a_dry_run_of_an_import_shows_rows_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RENQUN_HOME", str(tmp_path / "home"))
    (tmp_path / "orders.csv").write_text(
        "会员编号,下单时间,商品,金额\nc1,2026-07-01,帐篷,9\nc2,2026-07-01,灯,-5\n"
    )
    policy = ["--base-url", "https://crm.example", "--kind", "table", "--terms-url", "https://crm.example/t"]
    assert cli.main(["sources", "add", "crm", *policy, "--legal-basis", "own customers"]) == 0
    words = ["import", "table", str(tmp_path / "orders.csv"), "--as", "touchpoints", "--source", "crm"]
    assert cli.main([*words, "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["what"] for row in found["rows"]["touchpoints"]] == ["帐篷"]
    assert sum(found["refused"].values()) == 1
    assert not (tmp_path / "home" / "lake" / "touchpoints").exists()
    assert cli.main([*words, "--dry-run"]) == 0
    shown = capsys.readouterr()
    assert "帐篷" in shown.out
    assert "Nothing was written" in shown.err
    assert cli.main([*words, "--map", "what"]) == 2
    assert cli.main([*words, "--timezone", "Mars"]) == 2
    assert cli.main([*words, "--map", "place=商品"]) == 0
    assert (tmp_path / "home" / "lake" / "touchpoints").exists()


def test_a_crawl_is_told_by_spider_or_by_source(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert _spider_refused(home, "forum9") == "There is no spider or source 'forum9'."
    for name, kind in (("talk", "discourse"), ("stoves", "phpbb"), ("hot", "weibo-hot"), ("weibo", "weibo")):
        add_policy(home, _policy(name, kind))
    assert spider_and_source(home, "talk", None) == ("discourse", "talk")
    assert spider_and_source(home, "stoves", None) == ("forum", "stoves")
    assert spider_and_source(home, "discourse", None) == ("discourse", "talk")
    assert spider_and_source(home, "feed", "talk") == ("feed", "talk"), "the named spider counts"
    assert spider_and_source(home, "weibo", None) == ("weibo", "weibo")
    assert "weibo-hot" in _spider_refused(home, "hot")
    assert "No policy entry" in _spider_refused(home, "mastodon")
    add_policy(home, _policy("other", "discourse"))
    assert _spider_refused(home, "discourse") == "Several sources speak discourse."
    add_policy(home, _policy("weibo2", "weibo"))
    assert spider_and_source(home, "weibo", None) == ("weibo", "weibo"), "the source of that name"


def _spider_refused(home: Home, what: str) -> str:
    with pytest.raises(RenqunError) as refused:
        spider_and_source(home, what, None)
    return refused.value.message


def _policy(source: str, kind: str) -> Policy:
    basis, fields = "written for a test", ("posts.*",)
    return Policy(
        source=source,
        base_url=f"http://{source}.example",
        kind=kind,
        terms_url="test:",
        legal_basis=basis,
        fields=fields,
    )
