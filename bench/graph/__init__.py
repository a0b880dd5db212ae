"""Graphs: renqun's NetworkX backend beside NetworkX, NetworKit and igraph, on the same edges in one run.

A task is a module here with ``measure(quick, say) -> list[Figure]`` and a line in `TASKS`.
"""

from __future__ import annotations

from bench.figures import Figure, Say
from bench.graph import communities, overlap, parquet, ranks, spread

TASKS = (ranks.measure, parquet.measure, communities.measure, spread.measure, overlap.measure)


def run(quick: bool, say: Say) -> list[Figure]:
    """Every task in turn."""
    return [figure for measure in TASKS for figure in measure(quick, say)]
