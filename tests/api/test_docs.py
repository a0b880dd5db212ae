"""What the documents show is so: commands run, links lead somewhere, every dependency has its reason."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from api import cli
from tests.api.renqun_process import ROOT

DOCUMENTS = [
    str(path.relative_to(ROOT))
    for path in [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))]
]
# Pages whose commands build on one another: tests of their own follow them from top to bottom.
STORIES = ("docs/campaigns.md", "docs/segments.md", "docs/value.md")
QUESTIONS = (
    "search",
    "query",
    "lookalike",
    "recommend",
    "brief",
    "trends",
    "keywords",
    "overlap",
    "spread",
    "influence",
    "communities",
    "network",
    "export",
    "runs",
    "rejects",
    "audit",
    "doctor",
    "mine",
)


def commands() -> list[str]:
    """Every `renqun …` line of the documents' shell blocks, each once."""
    found: dict[str, None] = {}
    for name in sorted({*DOCUMENTS} - {*STORIES}):
        for block in re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL):
            lines = block.replace("\\\n", " ").splitlines()
            found.update(
                dict.fromkeys(line.partition("#")[0].strip() for line in lines if line.startswith("renqun "))
            )
    return list(found)


def of(*kinds: str) -> list[str]:
    return [command for command in commands() if command.split()[1] in kinds]


@pytest.mark.xdist_group("faces")
@pytest.mark.parametrize("command", of(*QUESTIONS))
def test_the_questions_shown_run(
    command: str,
    mined_home: Path,
    seeds_csv: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copy(seeds_csv, tmp_path / "seeds.csv")
    (tmp_path / "brief.txt").write_text("新款轻量帐篷上市，面向周末露营的年轻人，主打防雨。", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RENQUN_HOME", str(mined_home))
    assert cli.main(shlex.split(command)[1:]) == 0, capsys.readouterr().err


def samples() -> list[tuple[list[str], str]]:
    """The README's questions, each with the output shown below it."""
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.findall(r"```sh\n((?:renqun [^\n]+\n)+)```\n\n```text\n(.*?)```", readme, re.DOTALL)
    return [(lines.splitlines(), text) for lines, text in found]


def wording(text: str) -> set[str]:
    """The heads and titles of the tables in an output, without what depends on the data."""
    lines = [" ".join(re.sub("[▁-█]", "", line).split()) for line in text.splitlines()]
    heads = {place - 1 for place, line in enumerate(lines) if line and set(line) == {"─"}}
    titles = {max(place - 1, 0) if lines[place - 1] else max(place - 2, 0) for place in heads}
    known = heads | {place for place in titles if not re.search("%|…", lines[place])}
    return {lines[place] for place in known} - {""}


@pytest.mark.xdist_group("faces")
@pytest.mark.parametrize(("asked", "shown"), samples(), ids=[asked[0].split()[1] for asked, _ in samples()])
def test_the_answers_shown_have_the_words_of_the_program(
    asked: list[str],
    shown: str,
    mined_home: Path,
    seeds_csv: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(seeds_csv.parent)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("RENQUN_HOME", str(mined_home))
    # The tests' network is small: so many people that every table has rows are found by one condition alone.
    fewer = {"tag:露营>=3 follows:远帐 -follows:山野集": "tag:露营"}
    for command in asked:
        assert cli.main([fewer.get(word, word) for word in shlex.split(command)[1:]]) == 0
    assert wording(shown) <= wording(capsys.readouterr().out)


@pytest.mark.parametrize("command", of("sources", "brands", "keys", "dict"))
def test_the_settings_shown_are_taken(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENQUN_HOME", str(tmp_path))
    assert cli.main(shlex.split(command)[1:]) == 0


@pytest.mark.parametrize("command", of("crawl", "import", "serve", "demo", "schedule", "bench"))
def test_the_options_shown_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command)[1:]
    assert cli.main([words[0], "--help"]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in words if word.startswith("--"))


def test_the_documents_show_commands_of_every_kind() -> None:
    kinds = {command.split()[1] for command in commands()}
    assert kinds >= {*QUESTIONS, "sources", "brands", "keys", "crawl", "import", "serve"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert ((ROOT / name).parent / target).exists(), target


def test_the_picture_is_well_formed_and_named_for_readers() -> None:
    root = ElementTree.parse(ROOT / "docs" / "data-flow.svg").getroot()
    names = {child.tag.rpartition("}")[2] for child in root}
    assert {"title", "desc"} <= names


def test_every_dependency_has_one_line_of_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(package for packages in extras for package in packages)]
    declared = sorted({re.split(r"[\[<>=!~ ]", line)[0] for line in wanted})
    rows = re.findall(
        r"^\| ([a-z0-9-]+) \| (.+) \|$", (ROOT / "docs/dependencies.md").read_text("utf-8"), re.M
    )
    reasons = {name: reason for name, reason in rows if name != "package"}
    assert sorted(reasons) == declared
    assert all(len(reason) > 10 for reason in reasons.values())


def test_both_readmes_show_the_same_commands_and_output() -> None:
    english, chinese = (
        re.findall(r"```(?:sh|text)\n.*?```", (ROOT / name).read_text("utf-8"), re.DOTALL)
        for name in ("README.md", "README.zh-CN.md")
    )
    assert english == chinese
