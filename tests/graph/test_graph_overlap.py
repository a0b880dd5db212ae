"""Follower overlap: exact where all is seen, honest intervals where people hide whom they follow."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from graph.overlap import exact_parts, jaccard_interval, over_index, overlap


def test_sizes_and_jaccard_are_those_of_the_sets() -> None:
    found = overlap({"a": {"1", "2", "3"}, "b": np.array(["2", "3", "4", "4"]), "c": pl.Series(["9"])})
    assert found.select("a", "b", "size_a", "size_b", "both").rows() == [
        ("a", "b", 3, 3, 2),
        ("a", "c", 3, 1, 0),
        ("b", "c", 3, 1, 0),
    ]
    assert found["jaccard"].to_list() == [0.5, 0.0, 0.0]
    assert found["low"].to_list() == found["high"].to_list() == [0.5, 0.0, 0.0]


def test_nobody_on_either_side_is_unknown_not_zero() -> None:
    row = overlap({"a": [], "b": []}, 0.9).row(0, named=True)
    assert (row["both"], row["jaccard"], row["low"], row["high"]) == (0, None, None, None)
    row = overlap({"a": ["x"], "b": []}, 0.9).row(0, named=True)
    assert row["jaccard"] == row["low"] == 0.0
    assert row["high"] > 0.0


@pytest.mark.parametrize("share", [0.8, 0.9, 0.97])
@pytest.mark.parametrize(("union", "both"), [(300, 60), (150, 5), (150, 1), (60, 0), (40, 10)])
def test_intervals_cover_the_truth(share: float, union: int, both: int) -> None:
    """Hide people at random, many times: 95 % of intervals hold the Jaccard of all."""
    random = np.random.default_rng(union + both)
    trials = 400
    shared, alone = random.binomial(both, share, trials), random.binomial(union - both, share, trials)
    seen, times = np.unique(np.stack([shared, shared + alone]), axis=1, return_counts=True)
    covered = 0
    for (k, n), many in zip(seen.T.tolist(), times.tolist(), strict=True):
        low, high = jaccard_interval(k, n, share)
        covered += many * (low - 1e-12 <= both / union <= high + 1e-12)
    # Three standard errors below 95 %: what 400 trials can tell.
    assert covered / trials >= 0.95 - 3 * (0.95 * 0.05 / trials) ** 0.5


def test_intervals_tighten_with_more_seen_and_less_asked() -> None:
    widths = [
        high - low for low, high in (jaccard_interval(40, 200, share) for share in (0.5, 0.8, 0.95, 1.0))
    ]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] == 0.0
    half, most = (jaccard_interval(40, 200, 0.9, confidence) for confidence in (0.5, 0.99))
    assert half[1] - half[0] < most[1] - most[0]


def test_the_smaller_share_of_a_pair_counts() -> None:
    sets = {"a": range(100), "b": range(50, 150)}
    both = overlap(sets, {"a": 0.99, "b": 0.8})
    assert both.equals(overlap(sets, 0.8))


@pytest.mark.parametrize("share", [0.0, -0.1, 1.2])
def test_impossible_shares_are_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        overlap({"a": [1], "b": [2]}, share)


def test_over_index_is_the_ratio_of_shares() -> None:
    assert over_index(30, 100, 150, 1000) == pytest.approx(200.0)
    assert over_index(1, 0, 1, 10) is None
    assert over_index(0, 10, 0, 10) is None


@pytest.mark.parametrize("spread", [1, 10**9], ids=["dense", "sparse"])
@pytest.mark.parametrize("as_text", [False, True])
def test_exact_parts_are_those_of_python_sets(spread: int, as_text: bool) -> None:
    random = np.random.default_rng(4)
    columns = [random.integers(-50, 400, size) * spread for size in (300, 200, 0, 250)]
    names = [f"b{n}" for n in range(len(columns))]
    given = {n: (c.astype(str) if as_text else c) for n, c in zip(names, columns, strict=True)}
    sets = [set(column.tolist()) for column in columns]
    expected: dict[int, int] = {}
    for member in set().union(*sets):
        mask = sum(1 << place for place, members in enumerate(sets) if member in members)
        expected[mask] = expected.get(mask, 0) + 1
    assert exact_parts(given) == expected


def test_more_accounts_than_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 32"):
        exact_parts({str(n): [n] for n in range(33)})
    assert exact_parts({}) == exact_parts({"a": []}) == {}
