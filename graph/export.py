"""Networks to files that other programs read: GEXF and GraphML for Gephi and its like, CSV and Parquet for tables."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import polars as pl

# What GEXF and GraphML are written from stands in memory whole, about 1 KB an edge.
MOST_IN_XML = 2_000_000
FORMATS = (".gexf", ".graphml", ".csv", ".parquet")


class TooManyEdgesError(ValueError):
    """More edges than GEXF or GraphML are written for."""


def write(nodes: pl.DataFrame, edges: pl.DataFrame, path: Path, nodes_path: Path | None = None) -> None:
    """Write a directed network by the ending of ``path``.

    ``nodes``: id, label and what else is known of each; ``edges``: source, target, kind, weight and more. GEXF and
    GraphML hold both; CSV (UTF-8, the heads that Gephi's import knows) and Parquet hold the edges, and the nodes at
    ``nodes_path`` where it is given. Empty values are left out of XML. Raises TooManyEdgesError for XML of more than two
    million edges.
    """
    match path.suffix.lower():
        case ".gexf" | ".graphml":
            if edges.height > MOST_IN_XML:
                raise TooManyEdgesError(f"{edges.height:,} edges are too many for {path.suffix}")
            graph = _graph(nodes, edges)
            nx.write_gexf(graph, path) if path.suffix.lower() == ".gexf" else nx.write_graphml(graph, path)
        case ".csv":
            edges.rename(str.capitalize).write_csv(path)
            if nodes_path is not None:
                nodes.rename(str.capitalize).write_csv(nodes_path)
        case ".parquet":
            edges.write_parquet(path)
            if nodes_path is not None:
                nodes.write_parquet(nodes_path)
        case other:
            raise ValueError(f"{other} is none of {', '.join(FORMATS)}")


def _graph(nodes: pl.DataFrame, edges: pl.DataFrame) -> nx.MultiDiGraph[str]:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for row in nodes.iter_rows(named=True):
        graph.add_node(row.pop("id"), **_present(row))
    for row in edges.iter_rows(named=True):
        source, target = row.pop("source"), row.pop("target")
        graph.add_edge(source, target, **_present(row))
    return graph


def _present(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None}
