"""How many different people an account reaches within two steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from graph.csr import CsrGraph

SCHEMA = {"account_id": pl.String, "followers": pl.Int64, "within_two": pl.Int64}


def reach(follows: pl.DataFrame, accounts: Sequence[str]) -> pl.DataFrame:
    """Followers, and different people among followers and their followers, of each account; itself not counted.

    ``follows``: src, dst. Exact; the work grows with the followers' followers, so ask for those that are to be shown.
    An account that nobody follows has 0.
    """
    asked = list(dict.fromkeys(accounts))
    graph = CsrGraph.from_edges(follows["src"], follows["dst"], nodes=pl.Series(asked, dtype=pl.String))
    near = graph.incoming
    rows = []
    for account, number in zip(asked, graph.numbers(asked), strict=True):
        first = near.of(np.array([number]))
        reached = np.zeros(len(graph), np.bool_)
        reached[near.of(first)] = True
        reached[first] = True
        reached[number] = False
        rows.append((account, int((first != number).sum()), int(reached.sum())))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
