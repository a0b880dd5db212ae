"""Taiwanese Twitch streamers: partners, mature channels and the most viewed as audiences, told by games and friends.

B. Rozemberczki et al., "Multi-scale attributed node embedding", Journal of Complex Networks 9, 2021.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import orjson
import polars as pl
from scipy import sparse

from bench.data import shared
from bench.figures import Figure, Say
from bench.lookalike.judge import over
from bench.lookalike.stacked import friends, stacked

_SPLITS = 5


def measure(quick: bool, say: Say) -> Iterable[Figure]:
    """Three audiences, each with five draws of seeds; ``quick``: with one."""
    folder = shared("musae_twitch_zhtw")
    told = pl.read_csv(folder / "ZHTW_target.csv").sort("new_id")
    played = orjson.loads((folder / "ZHTW_features.json").read_bytes())
    cells = np.array([(int(user), game) for user, games in played.items() for game in set(games)])
    people = told.height
    ones = np.ones(len(cells), dtype=np.float32)
    games = sparse.csr_matrix((ones, (cells[:, 0], cells[:, 1])), shape=(people, cells[:, 1].max() + 1))
    edges = pl.read_csv(folder / "ZHTW_edges.csv").to_numpy()
    matrix = stacked(games, friends(edges, people))
    views = told["views"].to_numpy()
    kinds = [
        ("partners", told["partner"].to_numpy()),
        ("mature", told["mature"].to_numpy()),
        ("most viewed tenth", views >= np.quantile(views, 0.9)),
    ]
    return over("musae_twitch_zhtw", lambda _: matrix, kinds * (1 if quick else _SPLITS), say)
