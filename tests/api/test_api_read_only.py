"""A home that this user may not write: what needs no writing is answered, and the rest is refused with whose rights lack."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audience.segments import manage
from campaigns.suppression import Why, add
from privacy.home import Home
from privacy.optouts import block
from privacy.rights import lacking
from tests.api.renqun_process import ROOT, environment, one_error_line
from tests.audience.audience_world import account_id, own_world


def powerless(*words: str | Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody whom the rights of files bind, root or not."""
    command: list[str | Path] = [sys.executable, "-m", "api.cli", *words, "--home", home]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("without setpriv the rights of files do not bind root")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", *command]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment(None), check=False
    )


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of a home that nobody may write, with a segment and an opt-out."""
    home = own_world("read-only")[0]
    manage.save(home, "潜客", "region:上海")
    add(home, ["customer:C1"], Why.LIST)
    block(home, [account_id(3)])
    copy = tmp_path_factory.mktemp("locked") / "home"
    shutil.copytree(home.root, copy)
    files = [copy, *copy.rglob("*")]
    for path in files:
        path.chmod(path.stat().st_mode & ~0o222)
    yield copy
    for path in files:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.mark.parametrize(
    "words",
    [("sources", "list"), ("segments", "list"), ("suppress", "list"), ("keys", "list"), ("tags", "list")],
)
def test_what_needs_no_writing_is_answered(locked: Path, words: tuple[str, ...]) -> None:
    done = powerless(*words, home=locked)
    assert done.returncode == 0, done.stderr


def test_opt_outs_hold_there_too(locked: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from privacy.home import Home; from privacy.optouts import blocked;"
        "print(sorted(blocked(Home(Path(sys.argv[1])))))"
    )
    command = [sys.executable, "-c", code, str(locked)]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", *command]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment(None), check=True
    )
    assert account_id(3) in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("search", "region:上海"),
        ("export", "region:上海", "-o", "people.csv"),
        ("audit", "--role", "admin"),
        ("mine",),
        ("campaign", "plan", "region:上海"),
        ("brands", "add", "某牌", "--account", "forum:x", "--role", "media"),
        ("dict", "add", "氛围感"),
        ("keys", "add", "ann"),
    ],
)
def test_what_needs_writing_is_refused_with_whose_rights_lack(locked: Path, words: tuple[str, ...]) -> None:
    line = one_error_line(powerless(*words, home=locked))
    assert "can't be written by" in line or "Permission denied" in line
    assert f"chmod -R u+rwX {locked}" in line
    assert "damaged" not in line
    assert "space" not in line


def test_the_doctor_blames_the_rights_alone(locked: Path) -> None:
    done = powerless("doctor", "--json", home=locked)
    found = {one["what"]: one for one in json.loads(done.stdout)["findings"]}
    assert not [what for what in found if what.startswith("table")]
    assert "can't be written by" in found["home"]["says"]
    assert f"chmod -R u+rwX {locked}" in found["home"]["do"]
    assert "chmod" in found["index"]["do"]
    assert done.returncode == 1


def test_whoever_may_write_lacks_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert lacking(home.root, home.state, home.index) is None
