"""What each person is like as a vector, for the index: the features in the space of their leading singular vectors.

Of two people the cosine is that of the method ``neighbours`` (:mod:`audience.lookalike.ranking`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from audience.engines.vectors import DIMENSIONS, whole
from audience.errors import NotMinedError
from audience.lookalike.features import load_axes
from privacy.home import Home

_BATCH = 20_000


def person_vectors(home: Home) -> Callable[[pl.Series], pl.Series] | None:
    """Persons' ids to their vectors, null where a person has none; None where mining left no features.

    What is held meanwhile is a byte a person and dimension.
    """
    try:
        features, axes = load_axes(home)
    except NotMinedError:
        return None
    axes = axes[:, :DIMENSIONS]
    matrix = features.matrix.astype(np.float32)
    parts = (matrix[start : start + _BATCH] @ axes for start in range(0, matrix.shape[0], _BATCH))
    nobody = np.zeros((1, axes.shape[1]), np.int8)
    vectors = np.concatenate([*map(whole, parts), nobody])
    row_of = {person: row for row, person in enumerate(features.persons)}

    def of(persons: pl.Series) -> pl.Series:
        rows = vectors[[row_of.get(person, -1) for person in persons]]
        found = pl.Series("vector", rows, dtype=pl.Array(pl.Int8, rows.shape[1]))
        have = pl.Series(rows.any(axis=1))
        return found.to_frame().select(pl.when(have).then("vector")).to_series()

    return of
