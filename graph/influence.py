"""Who is listened to: PageRank, hubs and authorities over follows and recent mentions, replies and reposts."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.csr import CsrGraph
from graph.hits import hits
from graph.intervals import Z95
from graph.listening import HALF_LIFE_DAYS, listening
from graph.numbering import Ids
from graph.pagerank import pagerank
from graph.rows import Floats

SCHEMA = {
    "account_id": pl.String,
    "pagerank": pl.Float64,
    "percentile": pl.Int32,
    "low": pl.Int32,
    "high": pl.Int32,
    "authority": pl.Float64,
    "hub": pl.Float64,
    "followers": pl.Int64,
}
_FEWEST, _MOST_RESAMPLES, _RESAMPLED_ENTRIES = 12, 60, 100_000_000


def influence(
    edges: pl.DataFrame,
    accounts: Ids | None = None,
    *,
    as_of: datetime,
    half_life_days: float = HALF_LIFE_DAYS,
    trust: pl.DataFrame | None = None,
    seed: int = 7,
) -> pl.DataFrame:
    """Score every account that the graph knows, most influential first.

    ``edges`` and ``trust`` are those of ``graph.listening``; ``accounts`` adds accounts without edges. ``percentile``
    (0 to 100) is the share of accounts that rank strictly lower by PageRank, ``low`` to ``high`` its 95 % interval by the
    bootstrap over edges. ``authority`` and ``hub`` (J. Kleinberg, 1999) add up to 1 each; null in a graph of fewer than
    three accounts. ``followers`` counts distinct following accounts.
    """
    pairs = listening(edges, as_of, half_life_days, trust)
    graph = CsrGraph.from_edges(pairs["src"], pairs["dst"], pairs["weight"], nodes=accounts)
    if not len(graph):
        return pl.DataFrame(schema=SCHEMA)
    weights = graph.weights("weight")
    rank = pagerank(graph.incoming, weights, tol=1e-9 / len(graph), max_iter=500)
    percentile = percentiles(rank)
    low, high = _interval(graph, rank, percentile, seed)
    authority, hub = _hits(graph)
    follows = (
        edges.filter((pl.col("kind") == "follow") & (pl.col("src") != pl.col("dst")))
        .group_by("dst")
        .agg(followers=pl.col("src").n_unique())
    )
    scored = pl.DataFrame(
        {
            "account_id": pl.Series(graph.labels, dtype=pl.String),
            "pagerank": rank,
            "percentile": percentile,
            "low": low,
            "high": high,
            "authority": authority,
            "hub": hub,
        }
    )
    return (
        scored.join(follows, left_on="account_id", right_on="dst", how="left")
        .with_columns(pl.col("followers").fill_null(0))
        .sort("pagerank", "account_id", descending=[True, False])
        .select(SCHEMA.keys())
        .cast(SCHEMA)  # type: ignore[arg-type]
    )


def percentiles(scores: Floats) -> npt.NDArray[np.int64]:
    """The share (0 to 100) of entries that score strictly lower, rounded down.

    Equals differ in the last bits by the order of additions: ties are made before they are ranked.
    """
    total = float(scores.sum()) or 1.0
    rounded = np.round(scores / total * len(scores), 9)
    below = np.searchsorted(np.sort(rounded), rounded, side="left")
    return np.minimum(below * 100 // max(len(scores) - 1, 1), 100)


def _interval(
    graph: CsrGraph, rank: Floats, percentile: npt.NDArray[np.int64], seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """How far percentiles move when each edge is drawn a Poisson number of times (B. Efron's bootstrap, 1979)."""
    weights = graph.weights("weight")
    entries = graph.incoming.entries
    if weights is None or not entries:
        return percentile, percentile
    rounds = int(np.clip(_RESAMPLED_ENTRIES // entries, _FEWEST, _MOST_RESAMPLES))
    random = np.random.default_rng(seed)
    squares = np.zeros(len(graph))
    for _ in range(rounds):
        drawn = weights * random.poisson(1.0, entries)
        again = pagerank(graph.incoming, drawn, tol=1e-5 / len(graph), max_iter=500, nstart=rank)
        moved = percentiles(again) - percentile
        squares += moved.astype(np.float64) ** 2
    half = Z95 * np.sqrt(squares / rounds)
    low = np.floor(percentile - half).clip(0, 100)
    high = np.ceil(percentile + half).clip(0, 100)
    return low.astype(np.int64), high.astype(np.int64)


def _hits(graph: CsrGraph) -> tuple[Floats | None, Floats | None]:
    if len(graph) < 3 or not graph.incoming.entries:
        return None, None
    values = graph.matrix("weight").data, graph.weights("weight")
    start = np.ones(len(graph))
    hub, authority = (np.abs(side) for side in hits(graph.outgoing, graph.incoming, values, nstart=start))
    return authority / authority.sum(), hub / hub.sum()
