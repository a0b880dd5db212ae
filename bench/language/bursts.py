"""Bursts: the online seasonal test on Twitter volumes of ten companies, scored as the Numenta benchmark scores.

The test's own parameters are those of the product. Its threshold is taken from nine series and applied to the tenth
(leave one out); the threshold as shipped, which is one for all series, is shown beside it. The peer is Kleinberg's
two-state automaton over the same expected level, its factor and cost taken from nine series likewise; it sees the
whole series at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import perf_counter

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.bootstrap import interval
from bench.data import shared
from bench.figures import Figure, Say
from bench.language.nab import Labelled, normalised
from nlp.automaton import raised_hours
from nlp.seasonal_test import SeasonalTest

GOAL = 55.0
TASK = "bursts"
_STEPS_A_DAY = 288
_FACTORS, _COSTS = (2.0, 3.0, 5.0, 8.0), (20.0, 60.0, 200.0, 600.0)
_TRIED = 800  # thresholds tried, from the highest scores down

Floats = NDArray[np.float64]


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """Both detectors on all ten series; ``quick`` takes four."""
    started = perf_counter()
    series = _series()
    if quick:
        series = series[:4]
    say(f"{TASK}: {len(series)} series, {sum(len(values) for values, _ in series):,} steps")
    test = SeasonalTest(_STEPS_A_DAY)
    labelled = [label for _, label in series]
    windows = np.array([len(label.windows) for label in labelled], dtype=np.float64)
    scores = [test.records(test.scores(values)) for values, _ in series]
    ours = _left_out(_by_threshold(scores, labelled))
    peer = _left_out(_by_automaton([values for values, _ in series], labelled, test))
    shipped = np.array([label.score(s >= test.threshold) for s, label in zip(scores, labelled, strict=True)])
    seconds = perf_counter() - started
    low, high = _bounds(ours, windows)
    yield Figure(
        task=TASK,
        metric="NAB standard, threshold from the other series",
        value=normalised(ours, windows),
        peer="two-state automaton",
        peer_value=normalised(peer, windows),
        goal=GOAL,
        low=low,
        high=high,
        seconds=seconds,
    )
    low, high = _bounds(shipped, windows)
    yield Figure(
        task=TASK,
        metric=f"NAB standard, threshold as shipped ({test.threshold:g})",
        value=normalised(shipped, windows),
        low=low,
        high=high,
        seconds=seconds,
    )


def _series() -> list[tuple[Floats, Labelled]]:
    folder = shared("nab")
    windows = json.loads((folder / "labels/combined_windows.json").read_text("utf-8"))
    found = []
    for path in sorted((folder / "realTweets").glob("*.csv")):
        rows = pl.read_csv(path)
        place = {at: number for number, at in enumerate(rows["timestamp"])}
        marked = [(place[first[:19]], place[last[:19]]) for first, last in windows[f"realTweets/{path.name}"]]
        found.append((rows["value"].to_numpy().astype(np.float64), Labelled.of(rows.height, marked)))
    return found


def _by_threshold(scores: list[Floats], labelled: list[Labelled]) -> Floats:
    """Raw scores: series x thresholds."""
    top = np.unique(np.concatenate([score[score > 0] for score in scores]))[::-1][: 4 * _TRIED : 4]
    return np.array(
        [
            [label.score(score >= limit) for limit in top]
            for score, label in zip(scores, labelled, strict=True)
        ]
    )


def _by_automaton(values: list[Floats], labelled: list[Labelled], test: SeasonalTest) -> Floats:
    """Raw scores of the hours in which the raised state begins: series x settings."""
    size = max(len(one) for one in values)
    counts, expected = np.zeros((len(values), size)), np.zeros((len(values), size))
    for number, one in enumerate(values):
        counts[number, : len(one)] = one
        expected[number, : len(one)] = np.nan_to_num(test.expected(one)) + 0.05
    columns = []
    for factor in _FACTORS:
        for cost in _COSTS:
            raised = raised_hours(counts, expected, np.full(len(values), factor), cost)
            begins = raised & ~np.pad(raised[:, :-1], ((0, 0), (1, 0)))
            columns.append(
                [label.score(begins[number, : len(values[number])]) for number, label in enumerate(labelled)]
            )
    return np.array(columns).T


def _left_out(raw: Floats) -> Floats:
    """Each series' score under the setting that is best for all the others together."""
    others = raw.sum(axis=0) - raw
    return np.asarray(raw[np.arange(len(raw)), others.argmax(axis=1)])


def _bounds(raw: Floats, windows: Floats) -> tuple[float, float]:
    return interval(lambda drawn: normalised(raw[drawn], windows[drawn]), len(raw))
