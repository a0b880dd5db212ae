"""Communities, and how good a division into them is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import networkx as nx
import numpy as np

from graph import kit
from graph.backend.naming import Node, groups
from graph.csr import CsrGraph
from graph.pagerank import strengths

# What NetworkX hands on where the caller gave no seed.
UNSEEDED = nx.utils.create_py_random_state(None)

# Edges looked at in all: a graph that has fewer is divided several times and the best division is kept; a larger
# one once, without refinement, and without a seed on all cores.
EFFORT = 5_000_000
MOST_TRIES = 10


def louvain_communities(
    G: CsrGraph,
    weight: str | None = "weight",
    resolution: float = 1,
    threshold: float = 1e-7,
    max_level: int | None = None,
    seed: Any = None,
) -> list[set[Node]]:
    """Communities by Louvain's method; `threshold` has no counterpart in NetworKit."""
    times = EFFORT // max(G.number_of_edges(), 1)
    repeatable = times > 0 or seed is not UNSEEDED
    labels = kit.louvain(
        G.incoming,
        G.weights(weight),
        resolution=resolution,
        seed=_seed(seed) if repeatable else None,
        refine=times > 0,
        tries=min(max(times, 1), MOST_TRIES),
    )
    return groups(G, labels)


def leiden_communities(
    G: CsrGraph,
    weight: str | None = "weight",
    resolution: float = 1,
    max_level: int | None = None,
    seed: Any = None,
) -> list[set[Node]]:
    """Communities by Leiden's method, which NetworkX declares and leaves to backends."""
    labels = kit.leiden(G.incoming, G.weights(weight), resolution=resolution, seed=_seed(seed))
    return groups(G, labels)


def modularity(
    G: CsrGraph,
    communities: Collection[Collection[Node]],
    weight: str | None = "weight",
    resolution: float = 1,
) -> float:
    """How much more weight lies inside the communities than chance would put there.

    A. Clauset, M. Newman, C. Moore, "Finding community structure in very large networks", 2004.
    """
    division = list(communities)
    partial: Any = nx.community.quality.NotAPartition
    label = np.full(len(G), -1, np.int64)
    for number, community in enumerate(division):
        members = [G.index[node] for node in community if node in G]
        if len(members) != len(community) or (label[members] >= 0).any():
            raise partial(G, division)
        label[members] = number
    if (label < 0).any():
        raise partial(G, division)
    weights = G.weights(weight)
    values = np.ones(G.incoming.entries) if weights is None else weights
    targets, sources = G.incoming.owners(), G.incoming.indices
    same = label[targets] == label[sources]
    inside = float(values[same].sum())
    total = float(values.sum())
    out = strengths(G.incoming, weights)
    into = np.bincount(targets, weights=values, minlength=len(G))
    if not G.directed:  # a loop stands once in the rows and counts twice
        loops = np.bincount(targets[targets == sources], weights=values[targets == sources], minlength=len(G))
        out, into = out + loops, into + loops
        inside, total = inside + float(loops.sum()), total + float(loops.sum())
    parts = len(division)
    expected = np.bincount(label, weights=out, minlength=parts) @ np.bincount(
        label, weights=into, minlength=parts
    )
    return float(inside / total - resolution * expected / total**2)


def _seed(seed: Any) -> int:
    """A number from the generator that NetworkX makes of a seed, or of none."""
    return int(seed.randrange(2**31))
