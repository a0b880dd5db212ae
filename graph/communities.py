"""Who belongs together: communities of the weighted interaction graph."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from graph.csr import CsrGraph
from graph.kit import Labels, louvain
from graph.numbering import Ids
from graph.rows import Rows

# What one edge of a kind says about belonging together: a follow is chosen, a reply may be to anybody.
KIND_WEIGHTS: Mapping[str, float] = {"follow": 1.0, "repost": 0.7, "mention": 0.6, "reply": 0.5}

# Exponent of the two ends' strengths that an edge is divided by: 0 leaves hubs loud, 0.5 makes all ends equal.
HUB_DAMPING = 0.25

SCHEMA = {"account_id": pl.String, "community": pl.Int32}


def communities(
    edges: pl.DataFrame,
    accounts: Ids | None = None,
    seed: int = 7,
    resolution: float = 1.0,
) -> pl.DataFrame:
    """Give every account its community: 0 is the largest; null for accounts that nobody is joined to.

    `edges` has src, dst and kind. Repeats add up by square root, and an edge of a hub (a brand that
    all follow) counts less than one between two quiet accounts. Each connected part is divided by itself:
    modularity over all of them would merge the communities of a small or quiet part, a forum beside a
    microblog (the resolution limit, S. Fortunato and M. Barthélemy 2007). The same edges and seed give
    the same communities in whatever order the rows come. `accounts` adds accounts without edges.
    """
    pairs = ties(edges)
    graph = CsrGraph.from_edges(pairs["a"], pairs["b"], pairs["weight"], directed=False, nodes=accounts)
    if not len(graph):
        return pl.DataFrame(schema=SCHEMA)
    joined = graph.degrees() > 0
    ranked = _largest_first(_divide(_damp_hubs(graph.matrix()), resolution, seed), joined)
    return pl.DataFrame(
        {"account_id": graph.labels, "community": pl.Series(ranked, dtype=pl.Int32)}, schema=SCHEMA
    ).with_columns(pl.when(pl.Series(joined)).then("community"))


def ties(edges: pl.DataFrame) -> pl.DataFrame:
    """a, b, weight: one row for every two accounts that are joined (a < b), sorted; repeats add up by square root."""
    strength = pl.col("kind").replace_strict(dict(KIND_WEIGHTS), default=0.0, return_dtype=pl.Float64)
    return (
        edges.filter(pl.col("src") != pl.col("dst"))
        .select(
            a=pl.min_horizontal("src", "dst"),
            b=pl.max_horizontal("src", "dst"),
            weight=strength,
        )
        .group_by("a", "b")
        .agg(pl.col("weight").sum().sqrt())
        .filter(pl.col("weight") > 0)
        .sort("a", "b")
    )


def _damp_hubs(adjacency: sparse.csr_array) -> sparse.csr_array:
    strength = np.asarray(adjacency.sum(axis=1)).ravel()
    rows = np.repeat(np.arange(adjacency.shape[0]), np.diff(adjacency.indptr))
    values = adjacency.data / (strength[rows] * strength[adjacency.indices]) ** HUB_DAMPING
    return sparse.csr_array((values, adjacency.indices, adjacency.indptr), shape=adjacency.shape)


def _divide(adjacency: sparse.csr_array, resolution: float, seed: int) -> Labels:
    """Label each connected part by itself; labels of different parts differ."""
    parts, part_of = connected_components(adjacency, directed=False)
    order = np.argsort(part_of, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(part_of, minlength=parts))[:-1])
    labels = np.zeros(adjacency.shape[0], np.int64)
    used = 0
    for part in members:
        own = np.zeros(len(part), np.int64)
        if len(part) > 2:
            within = adjacency[part][:, part]
            rows = Rows(within.indptr, within.indices)
            own = louvain(rows, within.data, resolution=resolution, seed=seed)
        labels[part] = own + used
        used += int(own.max()) + 1
    return labels


def _largest_first(labels: Labels, joined: npt.NDArray[np.bool_]) -> Labels:
    """Renumber by size; equal sizes by their first member. Nodes that are not joined count for nothing."""
    present, first, number, size = np.unique(
        labels[joined], return_index=True, return_inverse=True, return_counts=True
    )
    place = np.empty(len(present), np.int64)
    place[np.lexsort((first, -size))] = np.arange(len(present))
    ranked = np.full(len(labels), -1, np.int64)
    ranked[joined] = place[number]
    return ranked
