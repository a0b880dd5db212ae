"""Graphs made of graphs: other names, two in one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain, repeat
from typing import Any

import networkx as nx
import numpy as np

from graph.backend.limits import DeclinedError
from graph.backend.naming import Node
from graph.csr import CsrGraph
from graph.rows import Rows, check_size


def relabel_nodes(
    G: CsrGraph, mapping: Mapping[Node, Node] | Callable[[Node], Node], copy: bool = True
) -> CsrGraph:
    """Names changed by a table or a function, kept where the table has none; no two nodes may become one."""
    names = [mapping(node) if callable(mapping) else mapping.get(node, node) for node in G.labels]
    if len(set(names)) < len(names):
        raise DeclinedError("nodes are not merged")
    return G.relabelled(names)


def convert_node_labels_to_integers(
    G: CsrGraph, first_label: int = 0, ordering: str = "default", label_attribute: None = None
) -> CsrGraph:
    """Whole numbers as names, in the order of the graph or of the sorted names."""
    numbers = range(first_label, first_label + len(G))
    if ordering == "default":
        return G.relabelled(numbers)
    labels: Any = G.labels
    rank = dict(zip(sorted(labels), numbers, strict=True))
    return G.relabelled([rank[label] for label in labels])


def union(G: CsrGraph, H: CsrGraph, rename: Iterable[str | None] = ()) -> CsrGraph:
    """Both graphs as one; no node may be in both, once the prefixes of `rename` stand before their names."""
    return union_all([G, H], rename)


def union_all(graphs: Iterable[CsrGraph], rename: Iterable[str | None] = ()) -> CsrGraph:
    """Graphs as one; no node may be in two, once the prefixes of `rename` stand before their names."""
    parts = list(graphs)
    if not parts:
        raise ValueError("cannot apply union_all to an empty list")
    if len({part.directed for part in parts}) > 1:
        raise nx.NetworkXError("All graphs must be directed or undirected.")
    if len({frozenset(part.columns) for part in parts if part.incoming.entries}) > 1:
        raise DeclinedError("edges with different attributes are not kept in one graph")
    labels = [
        node if prefix is None else f"{prefix}{node}"
        for part, prefix in zip(parts, chain(rename, repeat(None)), strict=False)
        for node in part.labels
    ]
    if len(set(labels)) < len(labels):
        raise nx.NetworkXError("The node sets of the graphs are not disjoint.")
    entries = np.cumsum([0, *(part.incoming.entries for part in parts)])
    check_size(int(entries[-1]), "edges")
    nodes = np.cumsum([0, *(len(part) for part in parts)])
    indptr = [part.incoming.indptr[1:] + start for part, start in zip(parts, entries, strict=False)]
    indices = [part.incoming.indices + start for part, start in zip(parts, nodes, strict=False)]
    incoming = Rows(np.concatenate([[0], *indptr]).astype(np.int32), np.concatenate(indices).astype(np.int32))
    filled = [part.columns for part in parts if part.incoming.entries]
    columns = {
        name: np.concatenate([each[name] for each in filled]) for name in (filled[0] if filled else ())
    }
    made = CsrGraph(incoming, labels, directed=parts[0].directed, columns=columns)
    for part in parts:
        made.graph.update(part.graph)
    return made
