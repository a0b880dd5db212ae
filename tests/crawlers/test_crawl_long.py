"""A crawl of a hundred thousand pages in one run: nothing is lost, and the process does not grow on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import polars as pl
import pytest

from crawlers.run import Crawl
from lake.store import Lake
from privacy.pseudonyms import Pseudonyms
from sandbox.posts import PUBLIC
from sandbox.world import World
from tests.crawlers.crawl_lab import Sandbox, run_sandbox, written

PAGES = 100_000
USERS, DAYS, END = 107_000, 5, datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Some 80,000 microblog accounts with a follow list each, and 27,000 timeline pages."""
    yield from run_sandbox(tmp_path, "--users", str(USERS), "--days", str(DAYS), "--end", f"{END:%Y-%m-%d}")


def resident(pid: int) -> float:
    """Megabytes of memory that a process holds now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def levels(samples: list[tuple[int, float]], pages: int) -> tuple[float, float, float]:
    """Median megabytes around a fifth of the pages and over the last fifth, and the most after the first fifth."""
    at = np.array([page for page, _ in samples]) / pages
    sizes = np.array([size for _, size in samples])
    early, late = (at > 0.1) & (at <= 0.2), at > 0.8
    return float(np.median(sizes[early])), float(np.median(sizes[late])), float(sizes[at > 0.2].max())


@pytest.mark.soak
def test_a_hundred_thousand_pages_in_flat_memory(town: dict[str, Any], tmp_path: Path) -> None:
    home = Sandbox(town, []).home(tmp_path / "home")
    samples: list[tuple[int, float]] = []
    with Crawl(home, "mastodon", "mastodon") as crawl:
        report = crawl.wait(lambda counts: samples.append((counts.get("fetched", 0), resident(crawl.pid))))
    assert report.status == "ok", report.message
    pages = report.counts["fetched"]
    level, last, most = levels(samples, pages)
    print(f"{pages} pages, {pages / report.seconds:.0f} a second, {report.counts['rows']} rows")
    print(f"MB: {level:.0f} at a fifth, {last:.0f} in the last fifth, {most:.0f} at most")
    assert pages >= PAGES
    with urlopen(f"{town['mastodon']}/sandbox/stats") as answer:
        asked = json.load(answer)["requests"]
    assert sum(asked.values()) == pages == report.counts["asked"], "each page was asked for once"
    assert last < 1.25 * level, "the level must not follow the pages: four times as many since"
    assert most < 1.7 * level, "merging files may take memory for a moment, but not more with every merge"

    world, names, lake = World.generate(USERS, DAYS, 7, END), Pseudonyms.open(home), Lake(home)
    people, posts, follows = world.population, world.micro.posts, world.follows
    accounts = names.accounts("mastodon", [world.native_id(i) for i in range(people.micro)])
    public = (posts.visibility == PUBLIC) & ~people.noindex[posts.author]
    planted = names.posts("mastodon", [str(world.status_id(int(i))) for i in np.flatnonzero(public)])
    assert set(planted) == set(written(home, "mastodon"))
    src, dst = np.repeat(np.arange(people.micro), np.diff(follows.out_starts)), follows.out
    shy = (people.noindex | people.hides_follows)[: people.micro]
    known = set(lake.read("accounts", ["id"])["id"])
    met = np.array([account in known for account in accounts])
    shown = int((~shy[src] & ~shy[dst] & met[src]).sum())
    assert lake.read("edges", ["src"], pl.col("kind") == "follow").height == shown
