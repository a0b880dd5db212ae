"""An import takes no more memory for a file that is four times as long."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bench.weibo_search import write_export


def peak(folder: Path, rows: int) -> float:
    """The most memory, in MB, that the import of so many posts by few authors had at once (VmHWM of its process)."""
    file = folder / f"{rows}.csv"
    write_export(file, rows)
    command = [
        sys.executable,
        "-m",
        "bench.import_child",
        str(folder / f"home{rows}"),
        "weibo-search",
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=250)
    return float(json.loads(done.stdout)["peak_mb"])


_SEEN = """
import os, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "polars":
            print(os.environ.get("_RJEM_MALLOC_CONF"))
sys.meta_path.insert(0, Finder())
from api.cli import main
sys.argv = ["renqun", "import", "weibo-search", sys.argv[1], "--home", sys.argv[2]]
main()
"""


def test_the_command_says_how_memory_is_kept_before_polars_is_there(tmp_path: Path) -> None:
    write_export(tmp_path / "posts.csv", 10)
    environment = {name: value for name, value in os.environ.items() if name != "_RJEM_MALLOC_CONF"}
    done = subprocess.run(
        [sys.executable, "-c", _SEEN, str(tmp_path / "posts.csv"), str(tmp_path / "home")],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert "dirty_decay_ms" in done.stdout.splitlines()[0]


def test_memory_stays_flat(tmp_path: Path) -> None:
    # Both are more than the blocks that are under way at once.
    few, many = peak(tmp_path, 150_000), peak(tmp_path, 600_000)
    print(f"150,000 rows: {few:.0f} MB, 600,000 rows: {many:.0f} MB")
    assert many < few * 1.5
