"""Rows a second of imports, file to committed lake, with redaction and pseudonyms on.

A weibo-search export (21 columns, texts of 100 characters) and a table of follows are generated, and each is imported into
an empty home by a process of its own: the time is that of the whole import, with its commits and the tidying at the end,
without starting Python. The obvious alternative reads the same file by ``csv.DictReader``, row by row through the same
gate, 10,000 rows a commit, in one thread. Memory is the highest that the process had, for the file and for a part of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.figures import Figure, Say
from bench.weibo_search import write_edges, write_export

GOAL = 150_000
_PEER = "csv.DictReader, row by row"
_Run = dict[str, float]


def run(quick: bool, say: Say) -> list[Figure]:
    """Measure imports of posts and of edges."""
    rows, edges, rounds = (100_000, 200_000, 1) if quick else (1_000_000, 2_000_000, 3)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        say(f"Writing {rows:,} posts and {edges:,} follows …")
        write_export(place / "posts.csv", rows)
        write_export(place / "part.csv", rows // 4)
        write_edges(place / "follows.csv", edges)
        part = _import(place, "weibo-search", "part.csv")
        posts = [_import(place, "weibo-search", "posts.csv") for _ in range(rounds)]
        say(f"weibo-search: {median(map(_speed, posts)):,.0f} rows/s")
        peer = _import(place, "rows", "part.csv")
        say(f"{_PEER}: {_speed(peer):,.0f} rows/s")
        follows = [_import(place, "table", "follows.csv") for _ in range(rounds)]
        say(f"table, edges: {median(map(_speed, follows)):,.0f} rows/s")
    return [
        *_figures(f"import weibo-search CSV, {rows:,} rows", posts, GOAL),
        _beside(f"import weibo-search CSV, {rows // 4:,} rows", part, peer),
        *_figures(f"import table edges CSV, {edges:,} rows", follows, None),
        Figure(
            task="import weibo-search CSV, four times the rows",
            metric="peak memory",
            value=round(median(run["peak_mb"] for run in posts)),
            unit="MB",
            peer=f"{rows // 4:,} rows",
            peer_value=round(part["peak_mb"]),
        ),
    ]


def _figures(task: str, runs: list[_Run], goal: float | None) -> list[Figure]:
    seconds = round(sum(run["seconds"] for run in runs), 1)
    cpu = median(run["cpu"] / run["rows"] * 1e6 for run in runs)
    return [
        Figure(
            task=task, metric="rows a second", value=round(median(map(_speed, runs))), unit="1/s", goal=goal, seconds=seconds
        ),
        Figure(task=task, metric="CPU time a row", value=round(cpu, 2), unit="µs", seconds=seconds),
    ]  # fmt: skip


def _beside(task: str, ours: _Run, theirs: _Run) -> Figure:
    return Figure(
        task=task,
        metric="rows a second",
        value=round(_speed(ours)),
        unit="1/s",
        peer=_PEER,
        peer_value=round(_speed(theirs)),
        ratio=round(_speed(ours) / _speed(theirs), 1),
        seconds=round(ours["seconds"] + theirs["seconds"], 1),
    )


def _speed(run: _Run) -> float:
    return run["rows"] / run["seconds"]


def _import(folder: Path, how: str, name: str) -> _Run:
    """One import in a process of its own, into a home that is made for it and removed."""
    with tempfile.TemporaryDirectory(dir=folder) as home:
        command = [sys.executable, "-m", "bench.import_child", home, how, str(folder / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the import of {name} failed: {done.stderr.strip()}")
    run: _Run = json.loads(done.stdout.splitlines()[-1])
    return run
