"""Kleinberg's two-state automaton: from when to when counts are better explained by a raised rate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def raised_hours(counts: Floats, expected: Floats, factor: Floats, cost: float) -> npt.NDArray[np.bool_]:
    """Mark the hours spent in the raised state, for many series at once (all arrays series x hours).

    The quiet state has Poisson rate `expected`, the raised one `factor` (one a series) times that; going up
    costs `cost`, coming down nothing. Hours with neither count nor expectation (not collected) say nothing.
    J. Kleinberg, "Bursty and Hierarchical Structure in Streams", KDD 2002, in the form for batches with a
    varying base rate; the cheapest path by Viterbi's algorithm.
    """
    series, length = counts.shape
    # What the raised state costs more than the quiet one in each hour (negative: it explains the hour better).
    extra = (factor[:, None] - 1.0) * expected - counts * np.log(factor)[:, None]
    quiet = np.zeros(series)
    raised = np.full(series, cost)
    came_down = np.zeros((length, series), np.bool_)
    went_up = np.zeros((length, series), np.bool_)
    for hour in range(length):
        came_down[hour] = raised < quiet
        went_up[hour] = quiet + cost < raised
        quiet, raised = np.minimum(quiet, raised), np.minimum(raised, quiet + cost) + extra[:, hour]
    marked = np.zeros((series, length), np.bool_)
    state = raised < quiet
    for hour in range(length - 1, -1, -1):
        marked[:, hour] = state
        state = np.where(state, ~went_up[hour], came_down[hour])
    return marked


def best_run(marked: npt.NDArray[np.bool_], gain: Floats) -> tuple[int, int] | None:
    """Find the run of marked hours (first, last + 1) with the most gain; None where nothing is marked."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    if not len(edges):
        return None
    runs = edges.reshape(-1, 2)
    total = np.concatenate([[0.0], np.cumsum(gain)])
    first, last = runs[int(np.argmax(total[runs[:, 1]] - total[runs[:, 0]]))].tolist()
    return int(first), int(last)
