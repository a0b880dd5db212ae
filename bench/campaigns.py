"""Campaigns whose effect is known: does the interval of the lift hold it, and does uplift order people better than response?

People have traits that move how likely they buy anyway and how far a contact moves them. Each simulated campaign draws
people, splits them with the product's own split, lets each convert by their own chance and computes the product's own lift.
The true lift is the mean of what a contact moves in whoever was split. The propensity of ``bench.shoppers`` is judged on a
later window than it was learned on.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, Say
from bench.shoppers import touchpoints
from campaigns.split import split
from campaigns.stats import Arm, lift
from campaigns.uplift import qini, response_scores, uplift_scores
from graph.intervals import wilson
from mining.propensity import trial
from privacy.pseudonyms import KEY_BYTES, Pseudonyms

END = datetime(2026, 8, 1, tzinfo=UTC)
COVERED = (0.93, 0.97)
ECE_GOAL = 0.03
Floats = NDArray[np.float64]


def run(quick: bool, say: Say) -> list[Figure]:
    """Measure coverage of the lift's interval, the qini of two orders, and the propensity's calibration."""
    runs = 400 if quick else 2_000
    say(f"{runs:,} campaigns with a known effect …")
    figures = _coverage(runs)
    say("Order by uplift against order by response …")
    figures += _orders(8 if quick else 30)
    say("Propensity on a later window …")
    return [*figures, *_propensity(3 if quick else 8)]


def population(rng: np.random.Generator, people: int) -> tuple[Floats, Floats, Floats]:
    """Traits (6 columns), and each person's chance to convert if left alone and if contacted.

    Who buys anyway is moved least, some are put off, and the persuadable are told by other traits.
    """
    traits = rng.normal(size=(people, 6))
    base = 1 / (1 + np.exp(-(-3.2 + 0.9 * traits[:, 0] + 0.5 * traits[:, 1])))
    moved = 0.03 + 0.035 * traits[:, 2] + 0.02 * traits[:, 3] - 0.01 * traits[:, 0]
    return traits, base, np.clip(base + moved, 0.001, 0.999)


def _coverage(runs: int) -> list[Figure]:
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


def _orders(runs: int) -> list[Figure]:
    """Qini of both orders, people new to either model; the difference with its interval over the runs."""
    started = time.perf_counter()
    ours, theirs = [], []
    for seed in range(runs):
        rng = np.random.default_rng(10_000 + seed)
        traits, alone, reached = population(rng, 8_000)
        tested = rng.random(len(traits)) < 0.5
        converted = rng.random(len(traits)) < np.where(tested, reached, alone)
        ours.append(qini(uplift_scores(traits, tested, converted), tested, converted).coefficient)
        theirs.append(qini(response_scores(traits, tested, converted), tested, converted).coefficient)
    apart = np.array(ours) - np.array(theirs)
    spread = 1.96 * apart.std(ddof=1) / np.sqrt(runs)
    task = f"order of people, {runs} simulated campaigns of 8,000"
    seconds = round(time.perf_counter() - started, 1)
    return [
        Figure(task=task, metric="qini coefficient", value=round(float(np.mean(ours)), 5), peer="order by response",
               peer_value=round(float(np.mean(theirs)), 5), seconds=seconds),
        Figure(task=task, metric="qini beyond order by response", value=round(float(apart.mean()), 5), goal=0.0,
               low=round(float(apart.mean() - spread), 5), high=round(float(apart.mean() + spread), 5)),
        Figure(task=task, metric="campaigns where uplift orders better", value=round(float((apart > 0).mean()), 3)),
    ]  # fmt: skip


def _propensity(runs: int) -> list[Figure]:
    started = time.perf_counter()
    tried = [trial(touchpoints(6_000, 300, END, seed=100 + seed), END) for seed in range(runs)]
    errors = np.array([one.ece for one in tried if one is not None])
    ranks = np.array([one.auc for one in tried if one is not None])
    spread = 1.96 * errors.std(ddof=1) / np.sqrt(len(errors))
    task = f"propensity, {len(errors)} simulated shops of 6,000 customers, time split"
    seconds = round(time.perf_counter() - started, 1)
    return [
        Figure(task=task, metric="expected calibration error, mean", value=round(float(errors.mean()), 4), goal=ECE_GOAL,
               lower_is_better=True, low=round(float(errors.mean() - spread), 4),
               high=round(float(errors.mean() + spread), 4), seconds=seconds),
        Figure(task=task, metric="expected calibration error, worst", value=round(float(errors.max()), 4), goal=ECE_GOAL,
               lower_is_better=True),
        Figure(task=task, metric="AUC", value=round(float(ranks.mean()), 3)),
    ]  # fmt: skip
