"""Strengths as level terms: an interest of level 3 is indexed as ``露营>=1``, ``露营>=2`` and ``露营>=3``.

So engines filter a strength by a plain posting list, and the number of matching terms of an interest is its level.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc


def level_terms(names: pl.Series, levels: pl.Series) -> pl.Series:
    """The level terms of each row, for aligned lists of names and of levels from 1 on."""
    rows = names.list.len().fill_null(0).to_numpy().astype(np.int64)
    flat = names.explode().drop_nulls().to_arrow()
    each = levels.explode().drop_nulls().to_numpy().astype(np.int64)
    which = np.repeat(np.arange(len(each)), each)
    ends = np.cumsum(each)
    step = np.arange(len(which)) - np.repeat(ends - each, each)
    suffixes = pa.array([f">={level}" for level in range(1, int(each.max(initial=0)) + 1)], pa.large_string())
    terms = pc.binary_join_element_wise(
        flat.cast(pa.large_string()).take(pa.array(which)),
        suffixes.take(pa.array(step)),
        pa.scalar("", pa.large_string()),
    )
    offsets = np.concatenate([[0], ends])[np.concatenate([[0], np.cumsum(rows)])]
    made = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), terms)
    return pl.from_arrow(made)  # type: ignore[return-value]
