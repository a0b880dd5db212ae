"""Strengths as level terms: an interest of level 3 is indexed as ``露营>=1``, ``露营>=2`` and ``露营>=3``.

So engines filter a strength by a plain posting list, and the number of matching terms of an interest is its level.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from audience.engines.base import level_term
from audience.index.lists import lists


def level_terms(names: pl.Series, levels: pl.Series) -> pl.Series:
    """The level terms of each row, for aligned lists of names and of levels from 1 on."""
    rows = names.list.len().fill_null(0).to_numpy().astype(np.int64)
    flat = names.explode().drop_nulls().to_arrow().dictionary_encode()
    each = levels.explode().drop_nulls().to_numpy().astype(np.int64)
    ends, highest = np.cumsum(each), int(each.max(initial=0))
    step = np.arange(int(each.sum())) - np.repeat(ends - each, each)
    which = np.repeat(flat.indices.to_numpy(), each) * highest + step
    # Texts are made for each name once, not for each person: the others are pointed to.
    known = [
        level_term(name, level) for name in flat.dictionary.to_pylist() for level in range(1, highest + 1)
    ]
    terms = pl.Series(known, dtype=pl.String).gather(pl.Series(which, dtype=pl.UInt32))
    of_rows = np.concatenate([[0], ends])[np.concatenate([[0], np.cumsum(rows)])]
    return lists(terms, np.diff(of_rows))
