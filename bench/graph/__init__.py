"""Graphs: renqun's NetworkX backend beside NetworkX, NetworKit and igraph, on the same edges in one run.

A task is a module here with ``measure(quick, say) -> list[Figure]`` and a line in `TASKS`.
"""

TASKS = {
    "ranks": "bench.graph.ranks",
    "parquet": "bench.graph.parquet",
    "communities": "bench.graph.communities",
    "streamers": "bench.graph.streamers",
    "spread": "bench.graph.spread",
    "overlap": "bench.graph.overlap",
}
