"""What NetworkX asks of a backend at every `import networkx`: kept free of heavy imports."""

from __future__ import annotations

from typing import Any


def get_info() -> dict[str, Any]:
    """Describe the backend `renqun`: its name and which functions it implements."""
    return {
        "backend_name": "renqun",
        "project": "renqun",
        "package": "graph",
        "short_summary": "Compressed sparse rows; PageRank by SciPy, communities by NetworKit.",
        "functions": {
            "pagerank": {"additional_docs": "Power iteration in float64 with SciPy."},
            "degree_centrality": {},
            "in_degree_centrality": {},
            "weakly_connected_components": {},
            "louvain_communities": {
                "additional_docs": "NetworKit's PLM with refinement; undirected graphs, no max_level, threshold unused."
            },
            "leiden_communities": {
                "additional_docs": "NetworKit's ParallelLeiden on one thread; undirected graphs, no max_level."
            },
        },
    }
