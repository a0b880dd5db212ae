"""Which order of people finds those whom a contact moves: by uplift, or by response?"""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np

from bench.campaigns.people import population
from bench.figures import Figure, Say
from campaigns.uplift import qini, response_scores, uplift_scores


def measure(quick: bool, say: Say) -> Iterable[Figure]:
    """The qini coefficients of both orders, cross-fitted, on campaigns of 8,000 people."""
    say("Order by uplift against order by response …")
    return orders(8 if quick else 30)


def orders(runs: int) -> list[Figure]:
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
