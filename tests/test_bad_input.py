"""A disk that is really full, below a home whose path is odd: one plain line, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lake.store import Lake
from privacy.home import Home
from tests.api.renqun_process import ROOT, environment, one_error_line, renqun

POLICY = """
[shop]
base_url = "http://127.0.0.1:9/"
kind = "mastodon"
terms_url = "http://127.0.0.1:9/terms"
legal_basis = "test"
fields = ["links.*"]
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, 8 MB large."""
    folder = tmp_path / "小 盘"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Write until nothing more fits."""
    file = folder / "fill"
    with file.open("wb", buffering=0) as sink:
        for size in (1 << 16, 1 << 10):
            try:
                while sink.write(os.urandom(size)):
                    pass
            except OSError:
                continue
    return file


APPEND = """
import sys
import pyarrow as pa
from lake.schemas import TOPICS
from lake.store import Lake
from privacy.errors import StorageError
from privacy.home import Home
rows = [{"topic": sys.argv[2], "name": "x", "words": ["x"] * 9, "posts": 1, "npmi": 0.1, "model_version": "m"}]
try:
    Lake(Home.find(sys.argv[1])).append({"topics": pa.Table.from_pylist(rows, schema=TOPICS.schema)})
except StorageError as error:
    print(error)
print(sorted(Lake(Home.find(sys.argv[1])).read("topics")["topic"]))
"""


def append(home: Path, topic: str) -> list[str]:
    """Add a row in a process of its own: what it printed; its stderr must be empty, whoever writes there."""
    done = subprocess.run(
        [sys.executable, "-c", APPEND, str(home), topic],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(None),
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_table_on_a_full_disk_stays_and_takes_rows_again(disk: Path) -> None:
    home = disk / "home"
    assert append(home, "t01") == ["['t01']"]
    filler = fill(disk)
    message, rows = append(home, "t02")
    assert "No space left on device" in message
    assert rows == "['t01']"
    filler.unlink()
    assert append(home, "t02") == ["['t01', 't02']"]


def test_an_import_on_a_full_disk_is_one_line_and_can_be_run_again(disk: Path) -> None:
    home = disk / "home"
    home.mkdir()
    (home / "sources.toml").write_text(POLICY, "utf-8")
    links = disk.parent / "links.csv"
    links.write_text("customer_id,source,native_id\nC1,shop,1\nC2,shop,2\n", "utf-8")
    assert renqun("import", links, home=home).returncode == 0
    filler = fill(disk)
    more = disk.parent / "more.csv"
    more.write_text("customer_id,source,native_id\nC3,shop,3\n", "utf-8")
    assert "space" in one_error_line(renqun("import", more, home=home))
    filler.unlink()
    assert renqun("import", more, home=home).returncode == 0
    assert sorted(Lake(Home.find(home)).read("links")["customer_id"]) == ["C1", "C2", "C3"]
