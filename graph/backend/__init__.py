"""The NetworkX backend `renqun`: NetworkX's functions over `CsrGraph`.

NetworkX finds a function here by its name. What is not here it does itself after conversion, where
`nx.config.fallback_to_nx` is set. `graph.backend_info` lists what is here.
"""

from graph.backend.clusters import average_clustering, clustering, core_number, transitivity, triangles
from graph.backend.components import (
    connected_components,
    is_connected,
    is_strongly_connected,
    is_weakly_connected,
    node_connected_component,
    number_connected_components,
    number_strongly_connected_components,
    number_weakly_connected_components,
    strongly_connected_components,
    weakly_connected_components,
)
from graph.backend.convert import convert_from_nx, convert_to_nx
from graph.backend.expected import on_start_tests
from graph.backend.groups import leiden_communities, louvain_communities, modularity
from graph.backend.limits import can_run
from graph.backend.links import (
    adamic_adar_index,
    jaccard_coefficient,
    preferential_attachment,
    resource_allocation_index,
)
from graph.backend.paths import (
    betweenness_centrality,
    ego_graph,
    single_source_shortest_path_length,
    single_target_shortest_path_length,
)
from graph.backend.ranks import degree_centrality, hits, in_degree_centrality, out_degree_centrality, pagerank
from graph.backend.remake import convert_node_labels_to_integers, relabel_nodes, union, union_all

__all__ = [
    "adamic_adar_index",
    "average_clustering",
    "betweenness_centrality",
    "can_run",
    "clustering",
    "connected_components",
    "convert_from_nx",
    "convert_node_labels_to_integers",
    "convert_to_nx",
    "core_number",
    "degree_centrality",
    "ego_graph",
    "hits",
    "in_degree_centrality",
    "is_connected",
    "is_strongly_connected",
    "is_weakly_connected",
    "jaccard_coefficient",
    "leiden_communities",
    "louvain_communities",
    "modularity",
    "node_connected_component",
    "number_connected_components",
    "number_strongly_connected_components",
    "number_weakly_connected_components",
    "on_start_tests",
    "out_degree_centrality",
    "pagerank",
    "preferential_attachment",
    "relabel_nodes",
    "resource_allocation_index",
    "single_source_shortest_path_length",
    "single_target_shortest_path_length",
    "strongly_connected_components",
    "transitivity",
    "triangles",
    "union",
    "union_all",
    "weakly_connected_components",
]
