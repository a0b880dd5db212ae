"""Real people: does influence go with the views that streamers have, and are their communities as good as others find?

Twitch streamers in traditional Chinese and their friendships: B. Rozemberczki, C. Allen, R. Sarkar, "Multi-scale attributed
node embedding", Journal of Complex Networks 9, 2021.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from statistics import mean
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bench.bootstrap import interval
from bench.data import shared
from bench.figures import Figure, Say
from graph.csr import CsrGraph
from graph.influence import influence

Floats = npt.NDArray[np.float64]
Communities = list[Any]
_READ_AT = datetime(2018, 5, 1, tzinfo=UTC)


def measure(quick: bool, say: Say) -> list[Figure]:
    """Rank correlation with views, and modularity over seeds; on all streamers in a quick run too."""
    folder = shared("musae_twitch_zhtw")
    friends = pl.read_csv(folder / "ZHTW_edges.csv").select(src="from", dst="to")
    views = pl.read_csv(folder / "ZHTW_target.csv").select(
        "views", account_id=pl.col("new_id").cast(pl.String)
    )
    say(f"influence of {views.height:,} streamers")
    figures = [*_standing(friends, views, 100 if quick else 1_000)]
    say(f"communities of {views.height:,} streamers")
    return [*figures, *_communities(friends, 2 if quick else 10)]


def _standing(friends: pl.DataFrame, views: pl.DataFrame, rounds: int) -> Iterator[Figure]:
    """Spearman's rank correlation with views: ours, NetworkX's PageRank, the number of friends; and what is between."""
    import networkx as nx

    started = perf_counter()
    named = friends.cast(pl.String)
    follows = pl.concat([named, named.select(src="dst", dst="src")]).with_columns(
        kind=pl.lit("follow"), at=pl.lit(_READ_AT)
    )
    known = views.join(influence(follows, as_of=_READ_AT), on="account_id", how="left", maintain_order="left")
    graph: nx.Graph[int] = nx.Graph(friends.iter_rows())
    ids = known["account_id"].cast(pl.Int64).to_list()
    theirs: dict[str, dict[Any, float]] = {
        "networkx PageRank": nx.pagerank(graph, backend="networkx"),
        "number of friends": dict(graph.degree),
    }
    ours, seen = known["pagerank"].to_numpy(), known["views"].to_numpy()
    task = f"influence of {len(ids):,} Twitch streamers"
    low, high = interval(lambda drawn: _spearman(ours[drawn], seen[drawn]), len(ids), rounds=rounds)
    for peer, scores in theirs.items():
        other = np.array([scores[account] for account in ids], np.float64)
        reached, reached_by_peer = _spearman(ours, seen), _spearman(other, seen)
        yield Figure(
            task=task,
            metric="Spearman with views",
            value=reached,
            low=low,
            high=high,
            peer=peer,
            peer_value=reached_by_peer,
            ratio=reached / reached_by_peer,
            seconds=perf_counter() - started,
        )
        yield _gain(task, peer, ours, other, seen, rounds)


def _gain(task: str, peer: str, ours: Floats, other: Floats, seen: Floats, rounds: int) -> Figure:
    """How far our correlation is above the peer's, on the same draws of streamers."""

    def above(drawn: npt.NDArray[np.int64]) -> float:
        return _spearman(ours[drawn], seen[drawn]) - _spearman(other[drawn], seen[drawn])

    low, high = interval(above, len(seen), rounds=rounds)
    value = above(np.arange(len(seen)))
    return Figure(task=task, metric=f"above {peer}", value=value, low=low, high=high)


def _spearman(one: Floats, two: Floats) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(one, two).statistic)


def _communities(friends: pl.DataFrame, seeds: int) -> Iterator[Figure]:
    """Modularity of Louvain here, in NetworkX, and of Leiden in igraph; the goal is NetworkX's."""
    import igraph as ig
    import networkx as nx

    started = perf_counter()
    pairs = list(friends.iter_rows())
    ours: Any = CsrGraph.from_edges(friends["src"], friends["dst"], directed=False)
    theirs: nx.Graph[int] = nx.Graph(pairs)
    third = ig.Graph(edges=pairs)

    def leiden(seed: int) -> Communities:
        random.seed(seed)  # igraph draws from Python's generator
        return list(third.community_leiden("modularity", n_iterations=-1))

    ways: Mapping[str, Callable[[int], Communities]] = {
        "renqun": lambda seed: nx.community.louvain_communities(ours, weight=None, seed=seed),
        "networkx Louvain": lambda seed: nx.community.louvain_communities(
            theirs, seed=seed, backend="networkx"
        ),
        "igraph Leiden": leiden,
    }
    reached = {
        name: [nx.community.modularity(ours, divide(seed), weight=None) for seed in range(seeds)]
        for name, divide in ways.items()
    }
    mine = np.array(reached.pop("renqun"))
    low, high = interval(lambda drawn: float(mine[drawn].mean()), seeds)
    for peer, values in reached.items():
        yield Figure(
            task=f"communities of Twitch streamers, {len(pairs):,} edges",
            metric=f"modularity, mean of {seeds} seeds",
            value=float(mine.mean()),
            low=low,
            high=high,
            peer=peer,
            peer_value=mean(values),
            ratio=float(mine.mean()) / mean(values),
            goal=1.0 if peer.startswith("networkx") else None,
            seconds=perf_counter() - started,
        )
