"""Communities that keep their names: a partition's groups matched to those of an earlier one by their members."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array

LEAST_JACCARD = 0.2


def match(earlier: pl.DataFrame, current: pl.DataFrame, least: float = LEAST_JACCARD) -> dict[int, str]:
    """Which earlier group each current group goes on as: the assignment with the largest sum of Jaccards.

    ``earlier``: account_id, group (text); ``current``: account_id, group (whole number). One earlier group goes on as at
    most one, and only where they share at least ``least`` of their members together; a current group that goes on from
    none is left out. Members that only one of the two knows don't count. H. Kuhn, "The Hungarian method", 1955.
    """
    both = earlier.join(current.rename({"group": "now"}), on="account_id").drop_nulls()
    if both.is_empty():
        return {}
    shared = both.group_by("group", "now").len().sort("group", "now")
    names, old = np.unique(shared["group"].to_numpy(), return_inverse=True)
    numbers, new = np.unique(shared["now"].to_numpy(), return_inverse=True)
    table = coo_array((shared["len"].to_numpy(), (old, new)), shape=(len(names), len(numbers))).toarray()
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0, keepdims=True) - table
    jaccard = table / union
    rows, columns = linear_sum_assignment(jaccard, maximize=True)
    return {
        int(numbers[column]): str(names[row])
        for row, column in zip(rows, columns, strict=True)
        if jaccard[row, column] >= least
    }
