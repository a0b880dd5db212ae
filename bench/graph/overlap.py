"""How five brands with a million followers each overlap: every intersection, every pair with its interval."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import numpy.typing as npt
import polars as pl

from bench.figures import Figure, Say
from graph.overlap import exact_parts, overlap

Array = npt.NDArray[np.int64]
BRANDS, GOAL_SECONDS = 5, 0.5


def measure(quick: bool, say: Say) -> list[Figure]:
    """From whole numbers, from the 33 characters of pseudonyms, and beside Python's sets."""
    followers = 50_000 if quick else 1_000_000
    random = np.random.default_rng(7)
    lists = {f"brand {n}": random.choice(4 * followers, followers, replace=False) for n in range(BRANDS)}
    names = {name: pl.Series(ids).cast(pl.String).str.zfill(32) for name, ids in lists.items()}
    task = f"overlap of {BRANDS} brands with {followers:,} followers each"
    say(task)
    overlap({"a": [1], "b": [1]}, 0.9)
    whole = min(_seconds(lists) for _ in range(3))
    text = min(_seconds(names) for _ in range(3))
    began = perf_counter()
    sets = {name: set(ids.tolist()) for name, ids in lists.items()}
    made = perf_counter()
    together = set().union(*sets.values())
    counted: dict[int, int] = {}
    for person in together:
        mask = sum(1 << bit for bit, ids in enumerate(sets.values()) if person in ids)
        counted[mask] = counted.get(mask, 0) + 1
    by_sets = perf_counter() - made
    if counted != exact_parts(lists):
        raise AssertionError("the two ways disagree")
    return [
        Figure(
            task=task, metric=metric, value=seconds, unit="s", peer="Python sets, made before", peer_value=by_sets,
            goal=None if quick else GOAL_SECONDS, lower_is_better=True, seconds=made - began,
        )
        for metric, seconds in (("whole numbers", whole), ("pseudonyms", text))
    ]  # fmt: skip


def _seconds(followers: dict[str, Array] | dict[str, pl.Series]) -> float:
    began = perf_counter()
    overlap(followers, 0.9)
    return perf_counter() - began
