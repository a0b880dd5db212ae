"""Imports killed at any moment: run again, nothing is lost and nothing doubled."""

from __future__ import annotations

import random
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
IMPORT = """
import sys
from pathlib import Path
from crawlers.importers import sink
from crawlers.importers.base import Options
from crawlers.importers.run import import_files
from privacy.home import Home
sink.COMMIT_BYTES = 1 << 20  # several commits
import_files(Home(Path(sys.argv[1])), [Path(sys.argv[2])], "weibo-search", Options("weibo"))
"""


def prepare(tmp_path: Path) -> tuple[Home, list[str]]:
    """A home with the policy entry, and the command that imports the export into it."""
    home = Home(tmp_path / "home")
    entry = Policy(
        source="weibo",
        base_url="https://weibo.com",
        kind="weibo",
        legal_basis="generated",
        terms_url="test:",
        fields=ALL_FIELDS,
    )
    add_policy(home, entry)
    write_export(tmp_path / "posts.csv", ROWS)
    return home, [sys.executable, "-c", IMPORT, str(home.root), str(tmp_path / "posts.csv")]


def kill_and_check(tmp_path: Path, kills: int) -> None:
    """Kill that many imports at random moments, each over what the ones before left; then let one end."""
    home, command = prepare(tmp_path)
    lake, draw, cut_short, longest = Lake(home), random.Random(7), 0, 3.0
    for _ in range(kills):
        began = time.monotonic()
        with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
            time.sleep(draw.uniform(0.2, longest))
            running.kill()
            cut_short += running.wait() != 0
        longest = max(longest, (time.monotonic() - began) * 1.2) if cut_short else longest
        posts = lake.read("posts", ["id", "account_id"])
        assert posts["id"].is_unique().all(), "none is doubled"
        assert set(posts["id"]) <= set(lake.read("names", ["id"])["id"]), "names come before what needs them"
    assert cut_short, "no import was killed"
    subprocess.run(command, check=True, timeout=250)
    natives = pl.read_csv(tmp_path / "posts.csv", infer_schema=False)["id"]
    assert set(lake.read("posts", ["id"])["id"]) == set(Pseudonyms.open(home).posts("weibo", natives))
    assert lake.read("posts", ["id"]).height == ROWS
    names = lake.read("names", ["native_id", "kind"]).filter(pl.col("kind") == "post")
    assert set(natives) <= set(names["native_id"])
    runs = lake.read("runs", ["status", "message"]).filter(pl.col("status") != "ok")
    assert "running" not in runs["status"]
    assert all("went on" in message for message in runs["message"])


def test_imports_killed_at_random_moments(tmp_path: Path) -> None:
    kill_and_check(tmp_path, 3)


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_imports_killed_at_a_hundred_random_moments(tmp_path: Path) -> None:
    kill_and_check(tmp_path, 100)
