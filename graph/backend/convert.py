"""NetworkX's graphs to ours and back.

A converted graph is a snapshot: attributes changed in place afterwards (`G[u][v]["weight"] = 2`) are not seen by a
conversion that NetworkX has cached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from graph.backend.limits import DeclinedError
from graph.csr import CsrGraph
from graph.rows import check_size, compress


def convert_from_nx(
    graph: Any,
    *,
    edge_attrs: Mapping[str, Any] | None = None,
    node_attrs: Mapping[str, Any] | None = None,
    preserve_edge_attrs: bool = False,
    preserve_node_attrs: bool = False,
    preserve_graph_attrs: bool = False,
    name: str | None = None,
    graph_name: str | None = None,
) -> CsrGraph:
    """Take over a NetworkX graph with those edge attributes that are asked for and numbers; node order is kept."""
    if isinstance(graph, CsrGraph):
        return graph
    if graph.is_multigraph():
        raise DeclinedError("multigraphs are not converted: parallel edges would be one")
    if type(graph).adjacency is not nx.Graph.adjacency:
        raise DeclinedError("graphs that work out their edges when asked are not converted")
    if node_attrs or (preserve_node_attrs and any(data for _, data in graph.nodes(data=True))):
        raise DeclinedError("attributes of nodes are not kept")
    directed = bool(graph.is_directed())
    check_size(graph.number_of_edges() * (1 if directed else 2), "edges")
    labels = list(graph)
    index = {label: number for number, label in enumerate(labels)}
    edges = list(graph.edges(data=True))
    rows = np.fromiter((index[edge[0]] for edge in edges), np.int32, len(edges))
    cols = np.fromiter((index[edge[1]] for edge in edges), np.int32, len(edges))
    wanted = _every_attribute(edges) if preserve_edge_attrs else dict(edge_attrs or {})
    columns = {
        attribute: _numbers(attribute, (data.get(attribute, default) for _, _, data in edges))
        for attribute, default in wanted.items()
    }
    origin = np.arange(len(edges), dtype=np.int32)
    if not directed:
        other = rows != cols
        rows, cols = np.concatenate([rows, cols[other]]), np.concatenate([cols, rows[other]])
        origin = np.concatenate([origin, origin[other]])
    incoming, _, order = compress(cols, rows, len(labels), with_order=bool(columns))
    kept = {} if order is None else {name: values[origin[order]] for name, values in columns.items()}
    converted = CsrGraph(incoming, labels, directed=directed, columns=kept)
    if preserve_graph_attrs:
        converted.graph.update(graph.graph)
    return converted


def convert_to_nx(result: Any, *, name: str | None = None) -> Any:
    """Turn a `CsrGraph` into a NetworkX graph; anything else is handed back as it is."""
    if not isinstance(result, CsrGraph):
        return result
    graph: Any = nx.DiGraph() if result.directed else nx.Graph()
    graph.graph.update(result.graph)
    graph.add_nodes_from(result.labels)
    graph.add_edges_from(result.edges_with_columns() if result.columns else result.edges())
    return graph


def _every_attribute(edges: list[tuple[Any, Any, dict[str, Any]]]) -> dict[str, Any]:
    names = {name for _, _, data in edges for name in data}
    if any(len(data) != len(names) for _, _, data in edges):
        raise DeclinedError("edges with different attributes are not converted")
    return dict.fromkeys(names)


def _numbers(attribute: str, values: Iterable[Any]) -> npt.NDArray[Any]:
    found = np.array(list(values))
    if found.ndim != 1 or (len(found) and found.dtype.kind not in "iuf"):
        raise DeclinedError(f"edge attribute {attribute!r} is not a number everywhere")
    return found if len(found) else found.astype(np.float64)
