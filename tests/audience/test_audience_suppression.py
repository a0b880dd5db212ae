"""Nothing of few people can be worked out from an overlap's figures: held against linear programming."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from audience.network.suppression import hidden_rows, pair_tellable, rows_of

K = 20


def followers(counts: dict[str, int]) -> dict[str, frozenset[str]]:
    """Brands by letter, from how many follow exactly each combination of letters."""
    people = {row: {f"{row}{n}" for n in range(count)} for row, count in counts.items()}
    names = sorted(set("".join(counts)))
    return {name: frozenset().union(*(them for row, them in people.items() if name in row)) for name in names}


def test_rows_count_everybody_once() -> None:
    counts = rows_of(followers({"a": 3, "ab": 2, "c": 1}))
    assert {row: count for row, count in counts.items() if count} == {("a",): 3, ("a", "b"): 2, ("c",): 1}
    assert len(counts) == 7


def test_a_small_row_cannot_be_taken_from_the_pairs() -> None:
    """a&c is 65 and b&c is 130: were b+c (70) shown, all three would be 60, and a+c alone 5."""
    brands = followers({"a": 65, "b": 215, "c": 45, "bc": 70, "ab": 60, "ac": 5, "abc": 60})
    hidden = hidden_rows(rows_of(brands), list(brands), K)
    assert ("b", "c") in hidden
    assert ("a", "c") in hidden


def test_nothing_is_hidden_where_everything_is_large() -> None:
    brands = followers({"a": 50, "b": 40, "ab": 30})
    assert hidden_rows(rows_of(brands), list(brands), K) == set()


@pytest.mark.parametrize("seed", range(25))
def test_no_small_row_is_fixed_by_what_is_shown(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = "abcd"[: int(rng.integers(2, 5))]
    rows = ["".join(row) for length in range(1, len(names) + 1) for row in combinations(names, length)]
    brands = followers({row: int(rng.choice([0, 4, 12, 25, 60, 150])) for row in rows} | {names[0]: 90})
    counts = rows_of(brands)
    hidden = hidden_rows(counts, list(brands), K)
    assert {row for row, count in counts.items() if 0 < count < K} <= hidden
    keys = list(counts)
    known = [([1.0 if key == row else 0.0 for key in keys], counts[row]) for row in keys if row not in hidden]
    known += [
        ([float(name in key) for key in keys], len(brands[name])) for name in brands if len(brands[name]) >= K
    ]
    for a, b in combinations(brands, 2):
        both = len(brands[a] & brands[b])
        if pair_tellable(len(brands[a]), len(brands[b]), both, K):
            known.append(([float(a in key and b in key) for key in keys], both))
    lines, totals = np.array([line for line, _ in known]), np.array([total for _, total in known], float)
    for row in (row for row in hidden if 0 < counts[row] < K):
        aim = np.array([1.0 if key == row else 0.0 for key in keys])
        least = linprog(aim, A_eq=lines, b_eq=totals)
        most = linprog(-aim, A_eq=lines, b_eq=totals)
        assert least.fun is not None
        assert most.fun is None or -most.fun - least.fun > 0.5, f"{row} can be worked out"
