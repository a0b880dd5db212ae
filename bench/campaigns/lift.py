"""Does the interval of the lift hold the effect, where that is known?

People have traits that move how likely they buy anyway and how far a contact moves them. Each simulated campaign draws
people, splits them with the product's own split, lets each convert by their own chance and computes the product's own lift.
The true lift is the mean of what a contact moves in whoever was split.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bench.campaigns.people import Floats, population
from bench.figures import Figure, Say
from campaigns.split import split
from campaigns.stats import Arm, lift
from graph.intervals import wilson
from privacy.pseudonyms import KEY_BYTES, Pseudonyms

COVERED = (0.93, 0.97)


def measure(quick: bool, say: Say) -> Iterable[Figure]:
    """How often the interval holds the true lift, on either side, and how wide it is."""
    runs = 400 if quick else 2_000
    say(f"{runs:,} campaigns with a known effect …")
    return coverage(runs)


def coverage(runs: int) -> list[Figure]:
    """The figures of so many simulated campaigns."""
    started = time.perf_counter()
    held, wide, misses = 0, [], {"below": 0, "above": 0}
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        people = int(rng.integers(400, 4_000))
        traits, alone, reached = population(rng, people)
        tested = _split(rng, traits, control_share=float(rng.choice((0.2, 0.5))))
        converted = rng.random(people) < np.where(tested, reached, alone)
        found = lift(_arm(converted, tested), _arm(converted, ~tested))
        true = float((reached - alone).mean())
        held += found.low <= true <= found.high
        misses["below" if true < found.low else "above"] += not found.low <= true <= found.high
        wide.append(found.high - found.low)
    share = held / runs
    low, high = wilson(held, runs)
    seconds = round(time.perf_counter() - started, 1)
    task = f"lift, {runs:,} simulated campaigns of 400 to 4,000 people"
    return [
        Figure(task=task, metric="95 % interval holds the true lift, at least", value=round(share, 4), goal=COVERED[0],
               low=round(low, 4), high=round(high, 4), seconds=seconds),
        Figure(task=task, metric="95 % interval holds the true lift, at most", value=round(share, 4), goal=COVERED[1],
               lower_is_better=True, low=round(low, 4), high=round(high, 4)),
        Figure(task=task, metric="true lift below the interval", value=round(misses["below"] / runs, 4)),
        Figure(task=task, metric="true lift above the interval", value=round(misses["above"] / runs, 4)),
        Figure(task=task, metric="median width", value=round(float(np.median(wide)) * 100, 2), unit="points"),
    ]  # fmt: skip


def _split(rng: np.random.Generator, traits: Floats, control_share: float) -> NDArray[np.bool_]:
    """The product's split, in three strata by the first trait, under a key of this run."""
    persons = [f"u{number:032x}" for number in range(len(traits))]
    strata = np.digitize(traits[:, 0], (-0.5, 0.5)).astype(str).tolist()
    arms = split(
        Pseudonyms(rng.bytes(KEY_BYTES)), "bench", dict(zip(persons, strata, strict=True)), control_share
    )
    return np.array([arms[person] == "test" for person in persons])


def _arm(converted: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> Arm:
    return Arm(int(chosen.sum()), int((converted & chosen).sum()))
