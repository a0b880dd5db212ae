"""Who is listened to on what: topic-sensitive influence."""

from __future__ import annotations

import numpy as np
import polars as pl

from graph.csr import CsrGraph
from graph.influence import percentiles
from graph.rows import Floats, Product

DAMPING = 0.85
_REST = 1e-6  # L1 change at which the iteration stops
_MOST_STEPS = 200

SCHEMA = {"tag": pl.String, "account_id": pl.String, "score": pl.Float64, "percentile": pl.Int32}


def topical_influence(pairs: pl.DataFrame, interests: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Score the accounts that have an interest by who listens to them on it: one row a tag and account, best first.

    TwitterRank: J. Weng, E. Lim, J. Jiang, Q. He, "TwitterRank: Finding Topic-sensitive Influential Twitterers", WSDM
    2010. The surfer goes from a listener to one they listen to by how much that one posts, and the more surely the more
    alike the two are in the share of the tag among their interests; it starts again at accounts by their part in the
    tag. ``pairs``: src, dst, weight (``graph.listening``; the weight scales the step); ``interests``: account_id, tag,
    weight; ``posts``: account_id, posts. ``percentile`` (0 to 100) is among the accounts with that interest.
    """
    if interests.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    nodes = pl.concat([interests["account_id"], posts["account_id"]]).unique()
    graph = CsrGraph.from_edges(pairs["src"], pairs["dst"], pairs["weight"], nodes=nodes)
    steps = _steps(graph, posts)
    shares = _shares(graph, interests)
    src, dst = graph.incoming.indices, graph.incoming.owners()
    parts = []
    for tag in interests["tag"].unique().sort().to_list():
        share = shares.filter(pl.col("tag") == tag)
        numbers = share["n"].to_numpy()
        own, start = np.zeros(len(graph)), np.zeros(len(graph))
        own[numbers] = share["share"].to_numpy()
        start[numbers] = share["weight"].to_numpy() / float(share["weight"].sum())
        likeness = 1.0 - np.abs(own[src] - own[dst])
        scores = _rest(Product(graph.incoming, steps * likeness), start)[numbers]
        parts.append(
            share.select("tag", "account_id").with_columns(
                pl.Series("score", scores), pl.Series("percentile", percentiles(scores))
            )
        )
    return (
        pl.concat(parts).sort("tag", "score", "account_id", descending=[False, True, False]).cast(SCHEMA)  # type: ignore[arg-type]
    )


def _steps(graph: CsrGraph, posts: pl.DataFrame) -> Floats:
    """How likely a listener's next step leads along each edge: by weight and by how much the other end posts."""
    known = pl.DataFrame({"account_id": pl.Series(graph.labels, dtype=pl.String)})
    written = known.join(posts, on="account_id", how="left", maintain_order="left")["posts"].fill_null(0)
    activity = 1.0 + written.to_numpy().astype(np.float64)  # who never posted may still be passed through
    weights = graph.weights("weight")
    rows = graph.incoming
    raw = activity[rows.owners()] * (1.0 if weights is None else weights)
    total = np.bincount(rows.indices, weights=raw, minlength=rows.size)
    steps: Floats = raw / total[rows.indices]
    return steps


def _shares(graph: CsrGraph, interests: pl.DataFrame) -> pl.DataFrame:
    """tag, account_id, n (node number), weight, share (of the account's interests that the tag is)."""
    numbers = pl.DataFrame(
        {
            "account_id": pl.Series(graph.labels, dtype=pl.String),
            "n": np.arange(len(graph), dtype=np.int64),
        }
    )
    return (
        interests.filter(pl.col("weight") > 0)
        .with_columns((pl.col("weight") / pl.col("weight").sum().over("account_id")).alias("share"))
        .join(numbers, on="account_id")
        .sort("tag", "account_id")
    )


def _rest(step: Product, start: Floats) -> Floats:
    rank = start
    for _ in range(_MOST_STEPS):
        last = rank
        rank = DAMPING * step(last) + (1.0 - DAMPING) * start
        if float(np.abs(rank - last).sum()) < _REST:
            break
    return rank
