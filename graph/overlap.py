"""How far the followers of accounts are the same people, with an interval for those that are hidden."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

Floats = npt.NDArray[np.float64]
Members = Collection[Any] | npt.NDArray[Any] | pl.Series

SCHEMA = {
    "a": pl.String,
    "b": pl.String,
    "size_a": pl.Int64,
    "size_b": pl.Int64,
    "both": pl.Int64,
    "jaccard": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}
_GRID = (np.arange(200) + 0.5) / 200
_MOST = 32
_DENSE = 8  # bytes a member that whole numbers may be marked in


def overlap(
    followers: Mapping[str, Members],
    observed_share: float | Mapping[str, float] = 1.0,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Compare every pair of accounts by their followers, in the mapping's order.

    `followers` maps a name to the ids of the followers that were seen. `observed_share` (0 to 1, or one a
    name, the smaller counting for a pair) is the share of followers that can be seen at all: some people
    hide whom they follow. `jaccard` is that of the followers seen; `low` and `high` bound the Jaccard over
    all followers, the hidden included, if hiding has nothing to do with whom one follows. Without any
    follower on either side the three are null. Raises ValueError for shares outside 0 to 1.
    """
    if not 0 < confidence < 1:
        raise ValueError("confidence lies between 0 and 1")
    names = list(followers)
    share = {name: _share_of(name, observed_share) for name in names}
    rows = list(_pairs(names, exact_parts(followers), share, confidence))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def exact_parts(followers: Mapping[str, Members]) -> dict[int, int]:
    """How many people follow exactly which accounts: bit i of a key is the mapping's i-th name, absent keys are nobody.

    One pass over all members: whole numbers of a narrow range mark a byte each, other ids are grouped by a 64-bit hash
    (two of 5 million people meet with a chance below 1 in a million). Raises ValueError for more than 32 accounts.
    """
    if len(followers) > _MOST:
        raise ValueError(f"at most {_MOST} accounts are compared")
    columns = [_series(ids) for ids in followers.values()]
    filled = [(column, 1 << bit) for bit, column in enumerate(columns) if len(column)]
    if not filled:
        return {}
    if all(column.dtype.is_integer() for column, _ in filled):
        low = min(int(column.min()) for column, _ in filled)  # type: ignore[arg-type]
        width = max(int(column.max()) for column, _ in filled) - low + 1  # type: ignore[arg-type]
        if width <= _DENSE * sum(len(column) for column, _ in filled):
            return _counts(_marked(filled, low, width))
    frames = [
        pl.DataFrame({"id": column.hash()}).with_columns(mask=pl.lit(bit, pl.UInt32))
        for column, bit in filled
    ]
    people = pl.concat(frames).lazy().group_by("id").agg(pl.col("mask").bitwise_or()).collect()
    return _counts(people["mask"].to_numpy())


def _marked(columns: list[tuple[pl.Series, int]], low: int, width: int) -> npt.NDArray[np.uint32]:
    marks = np.zeros(width, np.uint32)
    for column, bit in columns:
        marks[column.to_numpy() - low] |= np.uint32(bit)
    return marks


def _counts(masks: npt.NDArray[np.uint32]) -> dict[int, int]:
    found = np.bincount(masks) if masks.max(initial=0) < 1 << 16 else None
    if found is None:
        keys, counts = np.unique(masks, return_counts=True)
        return {int(key): int(count) for key, count in zip(keys, counts, strict=True) if key}
    return {int(key): int(found[key]) for key in np.flatnonzero(found) if key}


def _pairs(
    names: list[str], parts: Mapping[int, int], share: Mapping[str, float], confidence: float
) -> Iterator[tuple[Any, ...]]:
    def size(mask: int) -> int:
        return sum(count for part, count in parts.items() if part & mask == mask)

    for (i, a), (j, b) in combinations(enumerate(names), 2):
        size_a, size_b, both = size(1 << i), size(1 << j), size(1 << i | 1 << j)
        union = size_a + size_b - both
        if union:
            low, high = jaccard_interval(both, union, min(share[a], share[b]), confidence)
            yield a, b, size_a, size_b, both, both / union, low, high
        else:
            yield a, b, 0, 0, 0, None, None, None


def jaccard_interval(
    both: int, union: int, observed_share: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Bound the Jaccard of all followers, of whom each was seen with probability `observed_share`.

    What is hidden is a count to be predicted: when k of a group were seen, the number unseen is negative
    binomial. As in C. Clopper and E. Pearson's exact limits (1934), the lower limit takes the shape k for
    those who follow both and k + 1 for those who follow one, the upper limit the reverse; a flat prior (k + 1
    in both; A. Raftery, "Inference for the binomial N parameter", 1988) covered only 92 % of small counts in
    simulation. The quotient's quantiles come from a grid of quantiles of the two counts, so the answer does
    not vary. With everything seen the interval is the point itself.
    """
    if observed_share >= 1.0:
        return both / union, both / union
    tail = (1.0 - confidence) / 2.0
    one = union - both
    low = _quotient_quantile(both, _unseen(both, observed_share), one, _unseen(one + 1, observed_share), tail)
    high = _quotient_quantile(
        both, _unseen(both + 1, observed_share), one, _unseen(one, observed_share), 1.0 - tail
    )
    return min(low, both / union), max(high, both / union)


def _unseen(shape: int, observed_share: float) -> Floats:
    return stats.nbinom.ppf(_GRID, shape, observed_share) if shape else np.zeros(len(_GRID))


def _quotient_quantile(both: int, more_both: Floats, one: int, more_one: Floats, at: float) -> float:
    top = (both + more_both)[:, None]
    total = top + (one + more_one)[None, :]
    quotient = np.divide(top, total, out=np.zeros_like(total), where=total > 0)
    return float(np.quantile(quotient, at, method="inverted_cdf"))


def over_index(inside: int, inside_of: int, outside: int, outside_of: int) -> float | None:
    """Say how many times as common something is inside a group as in the base, times 100 (TGI).

    None where either share has no base, or nobody in the base has it.
    """
    if inside_of <= 0 or outside_of <= 0 or outside <= 0:
        return None
    return 100.0 * (inside / inside_of) / (outside / outside_of)


def _series(ids: Members) -> pl.Series:
    if isinstance(ids, pl.Series | np.ndarray):
        return pl.Series("id", ids)
    return pl.Series("id", list(ids))


def _share_of(name: str, observed_share: float | Mapping[str, float]) -> float:
    share = observed_share[name] if isinstance(observed_share, Mapping) else observed_share
    if not 0.0 < share <= 1.0:
        raise ValueError(f"the share observed of {name} must be above 0 and at most 1, not {share}")
    return float(share)
