"""What hangs together: connected, weakly and strongly connected components."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import networkx as nx
import numpy as np
from scipy.sparse import csgraph

from graph.backend.naming import Node, groups, number_of, picked
from graph.csr import CsrGraph
from graph.rows import Ints
from graph.traversal import levels


def connected_components(G: CsrGraph) -> Iterator[set[Node]]:
    """Sets of nodes that hang together, by their first node."""
    return iter(groups(G, _parts(G, "weak")))


def number_connected_components(G: CsrGraph) -> int:
    """How many connected components."""
    return _count(_parts(G, "weak"))


def is_connected(G: CsrGraph) -> bool:
    """Whether all nodes hang together."""
    return _is_one(G, "weak")


def node_connected_component(G: CsrGraph, n: Node) -> set[Node]:
    """The nodes that hang together with `n`."""
    found = np.concatenate(list(levels(G.outgoing, number_of(G, n))))
    return set(picked(G, found))


def weakly_connected_components(G: CsrGraph) -> Iterator[set[Node]]:
    """Sets of nodes that hang together whatever the direction, by their first node."""
    return iter(groups(G, _parts(G, "weak")))


def number_weakly_connected_components(G: CsrGraph) -> int:
    """How many weakly connected components."""
    return _count(_parts(G, "weak"))


def is_weakly_connected(G: CsrGraph) -> bool:
    """Whether all nodes hang together whatever the direction."""
    return _is_one(G, "weak")


def strongly_connected_components(G: CsrGraph) -> Iterator[set[Node]]:
    """Sets of nodes that reach each other; none points to one that comes later, as NetworkX has them."""
    parts = _parts(G, "strong")
    order = np.argsort(-parts, kind="stable")  # SciPy numbers them the other way along incoming edges
    sets = np.split(order, np.cumsum(np.bincount(parts)[::-1])[:-1]) if len(G) else []
    return (set(picked(G, members)) for members in sets)


def number_strongly_connected_components(G: CsrGraph) -> int:
    """How many strongly connected components."""
    return _count(_parts(G, "strong"))


def is_strongly_connected(G: CsrGraph) -> bool:
    """Whether all nodes reach each other."""
    return _is_one(G, "strong")


def _parts(G: CsrGraph, connection: Literal["weak", "strong"]) -> Ints:
    """The number of each node's component."""
    if not len(G):
        return np.zeros(0, np.int32)
    return csgraph.connected_components(G.incoming.matrix(), directed=True, connection=connection)[1]


def _count(parts: Ints) -> int:
    return int(parts.max(initial=-1)) + 1


def _is_one(G: CsrGraph, connection: Literal["weak", "strong"]) -> bool:
    if not len(G):
        raise nx.NetworkXPointlessConcept("Connectivity is undefined for the null graph.")
    return _count(_parts(G, connection)) == 1
