"""How right the chances of buying are, on a later window of simulated shops than they were learned on."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np

from bench.campaigns.shoppers import touchpoints
from bench.figures import Figure, Say
from mining.propensity import trial

END = datetime(2026, 8, 1, tzinfo=UTC)
ECE_GOAL = 0.03


def measure(quick: bool, say: Say) -> Iterable[Figure]:
    """The expected calibration error over shops of 6,000 customers."""
    say("Propensity on a later window …")
    return calibration(3 if quick else 8)


def calibration(runs: int) -> list[Figure]:
    """The figures of so many simulated shops."""
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
