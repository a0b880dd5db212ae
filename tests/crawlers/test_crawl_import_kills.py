"""Imports killed at any moment: run again, nothing is lost and nothing doubled."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from bench.weibo_search import write_export
from lake.store import Lake
from privacy.home import Home
from privacy.policies import ALL_FIELDS, Policy, add_policy
from privacy.pseudonyms import Pseudonyms

ROWS = 40_000  # two blocks of the reader at least
_AT_EASE = 250.0  # seconds in which any import ends
IMPORT = """
import sys
from pathlib import Path
from crawlers.importers import sink
from crawlers.importers.base import Options
from crawlers.importers.run import import_files
from privacy.home import Home
sink.COMMIT_BYTES = 1 << 20  # several commits
print("begins", flush=True)
import_files(Home(Path(sys.argv[1])), [Path(sys.argv[2])], "weibo-search", Options("weibo"))
"""


def new_home(root: Path) -> Home:
    """A home with the policy entry."""
    home = Home(root)
    entry = Policy(
        source="weibo",
        base_url="https://weibo.com",
        kind="weibo",
        legal_basis="generated",
        terms_url="test:",
        fields=ALL_FIELDS,
    )
    add_policy(home, entry)
    return home


def whole_import(home: Home, export: Path, seconds: float) -> float | None:
    """Import, and kill after so many seconds. Gives how many it took, None where it was killed."""
    command = [sys.executable, "-c", IMPORT, str(home.root), str(export)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"begins\n"
        began = time.monotonic()
        try:
            running.wait(seconds)
        except subprocess.TimeoutExpired:
            running.kill()
        took = time.monotonic() - began
        if running.wait() == -signal.SIGKILL:
            return None
        assert running.returncode == 0
        return took


def kill_and_check(tmp_path: Path, most: int) -> None:
    """Kill that many imports, each over what the ones before left; where one has ended, begin with another home."""
    export, draw, kills, homes = tmp_path / "posts.csv", random.Random(7), 0, 0
    write_export(export, ROWS)
    longest = whole_import(new_home(tmp_path / "alone"), export, _AT_EASE)
    assert longest is not None
    while kills < most:
        home = new_home(tmp_path / f"home-{homes}")
        homes += 1
        while not _has_ended(home):
            took = whole_import(home, export, draw.uniform(0.0, longest) if kills < most else _AT_EASE)
            kills += took is None
            longest = took or 1.1 * longest  # so that after some kills one ends
            _whole_so_far(home)
        _whole(home, export)
    print(f"{kills} kills over {homes} homes")


def _has_ended(home: Home) -> bool:
    return "ok" in Lake(home).read("runs", ["status"])["status"]


def _whole_so_far(home: Home) -> None:
    lake = Lake(home)
    posts = lake.read("posts", ["id"])["id"]
    assert posts.is_unique().all(), "none is doubled"
    assert set(posts) <= set(lake.read("names", ["id"])["id"]), "names come before what needs them"


def _whole(home: Home, export: Path) -> None:
    lake, natives = Lake(home), pl.read_csv(export, infer_schema=False)["id"]
    posts = lake.read("posts", ["id"])["id"]
    assert posts.len() == ROWS
    assert set(posts) == set(Pseudonyms.open(home).posts("weibo", natives))
    names = lake.read("names", ["native_id", "kind"]).filter(pl.col("kind") == "post")
    assert set(natives) <= set(names["native_id"])
    runs = lake.read("runs", ["status", "message"])
    assert set(runs["status"]) <= {"ok", "truncated"}
    assert all("went on" in message for message in runs.filter(pl.col("status") == "truncated")["message"])


def test_imports_killed_at_random_moments(tmp_path: Path) -> None:
    kill_and_check(tmp_path, 3)


@pytest.mark.soak
def test_imports_killed_at_a_hundred_random_moments(tmp_path: Path) -> None:
    kill_and_check(tmp_path, 100)
