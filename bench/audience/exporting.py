"""Seconds to take an audience along as a file: disclosure, every member's row, the file on disk."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from time import perf_counter

from audience.index.opened import open_index
from audience.query.model import AudienceQuery
from audience.search.export import export
from bench.audience.bands import SCOPE, pool, queries
from bench.audience.home import indexed_home
from bench.audience.indexing import scratch
from bench.audience.profiles import PEOPLE, QUICK_PEOPLE
from bench.figures import Figure, Say

TASK = "export"
MEMBERS = 100_000
GOAL_SECONDS = 2.0
_RUNS = 3
_DRAWN = 10


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """The audience nearest to 100,000 people of a million; with ``--quick``, everybody."""
    yield from figures(QUICK_PEOPLE if quick else PEOPLE, say)


def figures(people: int, say: Say) -> Iterator[Figure]:
    """Medians of a few exports of each kind of file, told for 100,000 members."""
    home = indexed_home(people, say)
    engine = open_index(home).engine
    query = AudienceQuery()
    if people > MEMBERS:
        drawn = queries(engine, pool(engine, with_words=False), MEMBERS / people, _DRAWN)
        query = min(drawn, key=lambda found: abs(engine.count(found, SCOPE) - MEMBERS))
    for suffix in ("csv", "parquet"):
        took = []
        for _ in range(_RUNS):
            began = perf_counter()
            rows = export(home, query, scratch() / f"audience.{suffix}").rows
            took.append(perf_counter() - began)
        yield Figure(
            task=TASK,
            metric=f"100,000 members as {suffix} (measured on {rows:,})",
            value=round(median(took) * MEMBERS / rows, 2),
            unit="s",
            goal=GOAL_SECONDS if people >= MEMBERS else None,
            lower_is_better=True,
            seconds=round(sum(took), 1),
        )
