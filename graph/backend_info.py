"""What NetworkX asks of a backend at every `import networkx`: kept free of heavy imports."""

from __future__ import annotations

from typing import Any

# Functions that run on the compact graph, with what differs from NetworkX's own.
FUNCTIONS: dict[str, str] = {
    "adamic_adar_index": "",
    "average_clustering": "Undirected and unweighted.",
    "betweenness_centrality": "Unweighted.",
    "clustering": "Undirected and unweighted.",
    "connected_components": "",
    "convert_node_labels_to_integers": "Without label_attribute, in the order of the graph or sorted.",
    "core_number": "Undirected.",
    "degree_centrality": "",
    "ego_graph": "By steps, not by a distance attribute.",
    "hits": "",
    "in_degree_centrality": "",
    "is_connected": "",
    "is_strongly_connected": "",
    "is_weakly_connected": "",
    "jaccard_coefficient": "",
    "leiden_communities": "NetworKit's ParallelLeiden, which NetworkX itself lacks; undirected, no max_level.",
    "louvain_communities": "NetworKit's PLM, the best of several runs where the graph is small; undirected, "
    "no max_level, threshold unused.",
    "modularity": "",
    "node_connected_component": "",
    "number_connected_components": "",
    "number_strongly_connected_components": "",
    "number_weakly_connected_components": "",
    "out_degree_centrality": "",
    "pagerank": "Power iteration in float64 on all cores, the same stop rule.",
    "preferential_attachment": "",
    "relabel_nodes": "As a copy; nodes are not merged.",
    "resource_allocation_index": "",
    "single_source_shortest_path_length": "",
    "single_target_shortest_path_length": "",
    "strongly_connected_components": "",
    "transitivity": "",
    "triangles": "",
    "union": "",
    "union_all": "",
    "weakly_connected_components": "",
}


def get_info() -> dict[str, Any]:
    """Describe the backend `renqun`: its name and which functions it implements."""
    return {
        "backend_name": "renqun",
        "project": "renqun",
        "package": "graph",
        "short_summary": "Compressed sparse rows; ranks by SciPy, communities, cores and triangles by NetworKit.",
        "functions": {name: {"additional_docs": note} if note else {} for name, note in FUNCTIONS.items()},
    }
