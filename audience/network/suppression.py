"""Which rows of an overlap must be hidden, so that no row of few people can be worked out from what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.overlap import Members, exact_parts

Row: TypeAlias = tuple[str, ...]
_SURE = 1e-6


def rows_of(followers: Mapping[str, Members]) -> dict[Row, int]:
    """How many people follow exactly these brands, for every combination, also where nobody does."""
    names = list(followers)
    parts = exact_parts(followers)
    rows = (row for length in range(1, len(names) + 1) for row in combinations(names, length))
    return {row: parts.get(sum(1 << names.index(name) for name in row), 0) for row in rows}


def pair_tellable(a: int, b: int, both: int, k: int) -> bool:
    """Whether the overlap of two brands may be told: each part of it is nobody or at least k people."""
    return min(a, b) >= k and not any(0 < part < k for part in (both, a - both, b - both))


def hidden_rows(counts: Mapping[Row, int], names: Sequence[str], k: int) -> set[Row]:
    """Rows of fewer than k people, and those that must be hidden with them (complementary suppression).

    A brand's size and a pair's overlap are sums of rows and are told where they may be, here or when asked alone.
    More rows are hidden, the smallest first, until what is left of no such sum is fewer than k people, and the sums
    together fix no row of fewer than k (its unit vector is not in their row space; L. Willenborg, T. de Waal,
    *Elements of Statistical Disclosure Control*, 2001, chapter 6).
    """
    rows = list(counts)
    values = np.array([counts[row] for row in rows])
    sums = _sums(rows, values, names, k)
    hidden = (values > 0) & (values < k)
    few = hidden.copy()
    while (exposed := _exposed(sums, values, hidden, few, k)) is not None:
        among = np.flatnonzero(~hidden & exposed)
        if not among.size:
            break
        hidden[min(among.tolist(), key=lambda at: (values[at] == 0, values[at], rows[at]))] = True
    return {row for row, is_hidden in zip(rows, hidden, strict=True) if is_hidden}


def _sums(rows: list[Row], values: NDArray[np.int64], names: Sequence[str], k: int) -> NDArray[np.bool_]:
    """One line a told sum: which rows are part of it."""
    has = {name: np.array([name in row for row in rows]) for name in names}
    size = {name: int(values[part].sum()) for name, part in has.items()}
    told = [part for name, part in has.items() if size[name] >= k]
    for a, b in combinations(names, 2):
        both = has[a] & has[b]
        if pair_tellable(size[a], size[b], int(values[both].sum()), k):
            told.append(both)
    return np.array(told, dtype=bool).reshape(len(told), len(rows))


def _exposed(
    sums: NDArray[np.bool_],
    values: NDArray[np.int64],
    hidden: NDArray[np.bool_],
    few: NDArray[np.bool_],
    k: int,
) -> NDArray[np.bool_] | None:
    """The rows of which one more must be hidden; None where nothing can be worked out."""
    for line in sums:
        left = int(values[line & hidden].sum())
        if 0 < left < k and (line & ~hidden & (values > 0)).any():
            return np.asarray(line & (values > 0))
    unknown = np.flatnonzero(hidden)
    if not unknown.size or not len(sums):
        return None
    matrix = sums[:, unknown].astype(float)
    fixed = unknown[np.diag(np.linalg.pinv(matrix) @ matrix) > 1 - _SURE]
    for at in fixed.tolist():
        if few[at]:
            near = sums[sums[:, at]].any(axis=0)
            return np.asarray(near if (near & ~hidden).any() else ~hidden)
    return None
