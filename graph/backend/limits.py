"""What a call may ask for that this backend lacks: NetworkX is told beforehand and does it itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Call = Mapping[str, Any]


class DeclinedError(NotImplementedError):
    """This graph or call is not for this backend, and NetworkX may take it elsewhere.

    NetworkX asks backends to say so by NotImplementedError: then it runs the next one, or its own code.
    """


def _whole(call: Call) -> str | None:
    if call["G"].is_directed():
        return "communities of directed graphs are not implemented"
    return "max_level is not implemented" if call.get("max_level") is not None else None


def _plain_clustering(call: Call) -> str | None:
    if call["G"].is_directed():
        return "clustering of directed graphs is not implemented"
    return "weighted clustering is not implemented" if call.get("weight") is not None else None


def _undirected(call: Call) -> str | None:
    return "not implemented for directed graphs" if call["G"].is_directed() else None


def _steps(call: Call) -> str | None:
    return "distances by an edge attribute are not implemented" if call.get("distance") is not None else None


def _unweighted(call: Call) -> str | None:
    return "weighted paths are not implemented" if call.get("weight") is not None else None


def _plain_labels(call: Call) -> str | None:
    if call.get("ordering", "default") not in {"default", "sorted"}:
        return "this ordering is not implemented"
    return "label_attribute is not implemented" if call.get("label_attribute") is not None else None


def _a_copy(call: Call) -> str | None:
    return None if call.get("copy", True) else "graphs do not change in place"


# Function name to the order of its arguments, as far as they matter, and what speaks against a call.
LIMITS: Mapping[str, tuple[tuple[str, ...], Callable[[Call], str | None]]] = {
    "louvain_communities": (("G", "weight", "resolution", "threshold", "max_level"), _whole),
    "leiden_communities": (("G", "weight", "resolution", "max_level"), _whole),
    "clustering": (("G", "nodes", "weight"), _plain_clustering),
    "average_clustering": (("G", "nodes", "weight"), _plain_clustering),
    "convert_node_labels_to_integers": (("G", "first_label", "ordering", "label_attribute"), _plain_labels),
    "core_number": (("G",), _undirected),
    "ego_graph": (("G", "n", "radius", "center", "undirected", "distance"), _steps),
    "betweenness_centrality": (("G", "k", "normalized", "weight"), _unweighted),
    "relabel_nodes": (("G", "mapping", "copy"), _a_copy),
}


def can_run(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str:
    """True, or what the call asks for that this backend lacks."""
    if any(
        graph.is_multigraph() for graph in [*args[:2], *kwargs.values()] if hasattr(graph, "is_multigraph")
    ):
        return "multigraphs are not converted"
    if name not in LIMITS:
        return True
    order, objection = LIMITS[name]
    return objection({**dict(zip(order, args, strict=False)), **kwargs}) or True
