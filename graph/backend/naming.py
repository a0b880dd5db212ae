"""Between names and numbers: what every function of the backend needs of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from graph.csr import CsrGraph
from graph.rows import Floats, Ints

Node = Hashable


def named(G: CsrGraph, values: npt.NDArray[Any]) -> dict[Node, Any]:
    """Values by node name, as Python numbers."""
    if isinstance(G.labels, range) and G.labels.step == 1:  # half as long as pairing them with a range
        return dict(enumerate(values.tolist(), G.labels.start))
    return dict(zip(G.labels, values.tolist(), strict=True))


def vector(G: CsrGraph, values: Mapping[Node, float] | None) -> Floats | None:
    """Values by node name as an array, 0 where a node has none."""
    if values is None:
        return None
    return np.array([values.get(label, 0) for label in G], dtype=np.float64)


def number_of(G: CsrGraph, node: Node, message: str = "Node {} is not in G") -> int:
    """The number of one node; NetworkX's NodeNotFound where the graph lacks it."""
    if node not in G:
        raise nx.NodeNotFound(message.format(node))
    return G.index[node]


def chosen(G: CsrGraph, nodes: Any) -> Ints:
    """The numbers of those of `nodes` that the graph has, each once, as NetworkX's nbunch_iter reads them."""
    try:
        return np.array(list(dict.fromkeys(G.index[node] for node in nodes if node in G)), np.int32)
    except TypeError as error:
        raise nx.NetworkXError(f"{nodes!r} is neither a node of the graph nor a sequence of nodes") from error


def groups(G: CsrGraph, labels: npt.NDArray[Any]) -> list[set[Node]]:
    """The nodes of each label as sets, by their first node."""
    found: dict[int, set[Node]] = {}
    for node, label in zip(G, labels.tolist(), strict=True):
        found.setdefault(label, set()).add(node)
    return list(found.values())


def picked(G: CsrGraph, numbers: npt.NDArray[np.integer[Any]]) -> Iterator[Node]:
    """The names of numbers."""
    return (G.labels[number] for number in numbers.tolist())
