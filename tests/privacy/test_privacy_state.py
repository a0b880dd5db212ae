from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from privacy.audit import entries, record
from privacy.home import Home
from privacy.state import connect

FIRST_USE = """
import sys
from pathlib import Path
from privacy.audit import entries, record
from privacy.home import Home
from privacy.state import connect
print("ready", flush=True)
sys.stdin.readline()
with connect(Home(Path(sys.argv[1]))):
    pass
"""


def test_several_processes_may_be_the_first(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    command = [sys.executable, "-c", FIRST_USE, str(home.root)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    running = [subprocess.Popen(command, text=True, **pipes) for _ in range(4)]  # type: ignore[call-overload]
    for one in running:
        assert one.stdout.readline() == "ready\n"
    for one in running:
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate()[1] for one in running]
    assert [one.returncode for one in running] == [0, 0, 0, 0], said
    with connect(home) as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
        assert {"audit", "withheld"} <= set(tables)


def test_what_is_recorded_comes_back_whatever_its_details_hold(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    record(home, "ann", "planner", "tags sample", {"seed": 10**30, "tag": "露营", 7: None, "file": tmp_path})  # type: ignore[dict-item]
    [entry] = entries(home)
    assert entry.detail == {"seed": 10**30, "tag": "露营", "7": None, "file": str(tmp_path)}
