"""Profiles a second from the table in memory to a committed Tantivy index, and how large it is."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter, process_time

import polars as pl

from audience.engines.tantivy_index import write_index
from audience.index.people import person_batches
from bench.audience.profiles import PEOPLE, QUICK_PEOPLE, profiles
from bench.figures import Figure, Say

TASK = "index"
GOAL_SPEED = 30_000.0


@dataclass(frozen=True, slots=True)
class Indexed:
    """A written index, how long it took by the clock and in seconds of the processors, and its bytes."""

    folder: Path
    seconds: float
    cpu: float
    size: int


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """One run: persons made of profiles, documents of persons, the index of documents."""
    yield from figures(QUICK_PEOPLE if quick else PEOPLE, say)


def figures(people: int, say: Say) -> Iterator[Figure]:
    """The figures of so many profiles."""
    done = indexed(people, say)
    yield Figure(
        task=TASK,
        metric=f"{people:,} profiles to a committed index",
        value=round(people / done.seconds),
        unit="profiles/s",
        goal=GOAL_SPEED if people == PEOPLE else None,
        seconds=round(done.seconds, 1),
    )
    yield Figure(
        task=TASK, metric="processor time a profile", value=round(done.cpu / people * 1e6, 1), unit="µs"
    )
    yield Figure(task=TASK, metric="index", value=round(done.size / people), unit="bytes/profile")


@lru_cache(maxsize=1)
def indexed(people: int, say: Say) -> Indexed:
    """The index of the synthetic profiles, written once a process."""
    say(f"{TASK}: drawing {people:,} profiles")
    table = profiles(people)
    folder = scratch()
    say(f"{TASK}: indexing")
    began, cpu = perf_counter(), process_time()
    write_index(folder, batches(table))
    seconds, spent = perf_counter() - began, process_time() - cpu
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Indexed(folder, seconds, spent, size)


def batches(table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Persons as engines take them; nothing in synthetic profiles is sensitive."""
    return person_batches(table, lambda value: False)


def scratch() -> Path:
    """A folder that goes with this process."""
    folder = Path(tempfile.mkdtemp(prefix="renqun-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
