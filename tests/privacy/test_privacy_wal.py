"""Several processes that open one SQLite file at the same moment all get it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from privacy import wal

FILES, PROCESSES = 40, 3
_OPENS = """
import sqlite3, sys, time
from privacy.wal import settle
folder, at = sys.argv[1], float(sys.argv[2])
for number in range(int(sys.argv[3])):
    time.sleep(max(0.0, at + 0.03 * number - time.time()))
    base = sqlite3.connect(f"{folder}/{number}.sqlite", timeout=30, isolation_level=None)
    settle(base, "NORMAL")
    base.execute("CREATE TABLE IF NOT EXISTS opened (n INTEGER)")
    base.execute("INSERT INTO opened VALUES (1)")
    base.close()
"""


def test_who_opens_a_file_at_once_with_others_waits_for_them(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _OPENS, str(tmp_path), str(time.time() + 2), str(FILES)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    said = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES, said
    for number in range(FILES):
        with sqlite3.connect(tmp_path / f"{number}.sqlite") as base:
            assert base.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert base.execute("SELECT count(*) FROM opened").fetchone() == (PROCESSES,)


def test_a_file_that_stays_locked_is_told_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wal, "BUSY_SECONDS", 0.1)
    with sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None) as holder:
        holder.execute("CREATE TABLE held (n INTEGER)")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            wal.settle(sqlite3.connect(tmp_path / "x.sqlite", timeout=0), "NORMAL")


_TAKES = """
import sys
import threading
from pathlib import Path
from privacy.wal import Turn
with Turn(Path(sys.argv[1])):
    print("mine", flush=True)
    sys.stdin.read()
"""


def test_a_turn_is_one_process_at_a_time_and_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "base.sqlite"
    taken: list[str] = []

    def take() -> None:
        with wal.Turn(path):
            taken.append("mine")

    with subprocess.Popen(
        [sys.executable, "-c", _TAKES, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "mine\n"
        waiting = threading.Thread(target=take)
        waiting.start()
        waiting.join(0.3)
        assert not taken
        other.kill()
        waiting.join(30)
    assert taken == ["mine"]


def test_a_turn_outlives_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    turn = wal.Turn(folder / "base.sqlite")
    shutil.rmtree(folder)
    with turn:
        pass
    with turn:
        pass
