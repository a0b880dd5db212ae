"""Pages a second of the real spiders, beside bare Scrapy that reads the same pages with the same parsers.

Both ask one server that answers from memory, with throttle and delays off, each run a process of its own, in turns; a
round's two runs are compared with each other, and the median round counts. The product's time has all that bare Scrapy
does not do: robots.txt, the frontier on disk, the gate, the lake's commits, and tidying the tables at the end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench import imports
from bench.figures import Figure, Say

GOAL = 0.9
SPIDERS = ("mastodon", "discourse")
_PEER = "bare Scrapy"
_Run = dict[str, float]


def run(quick: bool, say: Say) -> list[Figure]:
    """Measure both spiders, then imports."""
    users, days, rounds = (300, 4, 2) if quick else (6000, 8, 5)
    say(f"Making the pages of {users} people …")
    with _pages(users, days) as urls, tempfile.TemporaryDirectory() as folder:
        crawls = [
            figure
            for spider in SPIDERS
            for figure in _compare(spider, urls[spider], Path(folder), rounds, say)
        ]
    return [*crawls, *imports.run(quick, say)]


@contextmanager
def _pages(users: int, days: int) -> Iterator[dict[str, str]]:
    """The server of pages while the block runs: where each network answers."""
    command = [sys.executable, "-m", "bench.page_server", "--users", str(users), "--days", str(days)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.terminate()


def _compare(spider: str, url: str, folder: Path, rounds: int, say: Say) -> Iterator[Figure]:
    began = time.monotonic()
    _crawl("scrapy", spider, url, folder / f"{spider}-warm")  # has the server make its pages
    pairs: list[tuple[_Run, _Run]] = []
    for number in range(rounds):
        order = ("renqun", "scrapy") if number % 2 else ("scrapy", "renqun")
        runs = {which: _crawl(which, spider, url, folder / f"{spider}-{number}") for which in order}
        ours, theirs = runs["renqun"], runs["scrapy"]
        if (ours["pages"], ours["items"]) != (theirs["pages"], theirs["items"]):
            raise RuntimeError(f"not the same work: {ours} and {theirs}")
        say(f"{spider} {number + 1}/{rounds}: {_speed(ours):.0f} pages/s, {_PEER} {_speed(theirs):.0f}")
        pairs.append((ours, theirs))
    seconds = round(time.monotonic() - began, 1)
    task = f"{spider}, {pairs[0][0]['pages']:.0f} pages"
    yield Figure(
        task=task,
        metric="pages a second",
        value=round(median(_speed(ours) for ours, _ in pairs), 1),
        unit="1/s",
        peer=_PEER,
        peer_value=round(median(_speed(theirs) for _, theirs in pairs), 1),
        ratio=round(median(_speed(ours) / _speed(theirs) for ours, theirs in pairs), 3),
        goal=GOAL,
        seconds=seconds,
    )
    yield Figure(
        task=task,
        metric="CPU time a page",
        value=round(median(_cpu(ours) for ours, _ in pairs), 3),
        unit="ms",
        peer=_PEER,
        peer_value=round(median(_cpu(theirs) for _, theirs in pairs), 3),
        ratio=round(median(_cpu(theirs) / _cpu(ours) for ours, theirs in pairs), 3),
        lower_is_better=True,
        seconds=seconds,
    )


def _crawl(which: str, spider: str, url: str, folder: Path) -> _Run:
    """One crawl in a process of its own."""
    command = [sys.executable, "-m", "bench.crawl_child", which, spider, url, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    told: _Run = json.loads(done.stdout.splitlines()[-1])
    return told


def _speed(run: _Run) -> float:
    return run["pages"] / run["seconds"]


def _cpu(run: _Run) -> float:
    return 1000 * run["cpu"] / run["pages"]
