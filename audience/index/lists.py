"""Lists of texts, one a row, made of flat columns: put together row by row they take many times as long."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray


def alone(column: str) -> pl.Expr:
    """Each text in a list of its own, null as an empty list."""
    empty = pl.lit([], pl.List(pl.String))
    listed = pl.col(column).reshape((-1, 1)).arr.to_list()
    return pl.when(pl.col(column).is_not_null()).then(listed).otherwise(empty).alias(column)


def lists(texts: pl.Series, lengths: NDArray[np.integer]) -> pl.Series:
    """Texts, row after row, as a list a row; how many each row has is told beside them."""
    ends = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    flat = texts.to_arrow(compat_level=pl.CompatLevel.newest())
    return pl.from_arrow(pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), flat))  # type: ignore[return-value]
