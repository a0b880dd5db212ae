"""Who left whom: planted readings of two follower lists; and sizes from two samples."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from graph.churn import churn, readings
from graph.recapture import recapture

FIRST, SECOND, THIRD = (datetime(2026, month, 1, 9, tzinfo=UTC) for month in (1, 4, 7))
Span = tuple[datetime, datetime]


def follows(rows: list[tuple[int, str, Span]]) -> pl.DataFrame:
    """Follows (follower, account, first and last seen), each some seconds into its reading."""
    late = timedelta(seconds=30)
    return pl.DataFrame(
        [(f"u{src}", dst, first + late, last + late) for src, dst, (first, last) in rows],
        schema=["src", "dst", "first_at", "last_at"],
        orient="row",
    )


def planted() -> pl.DataFrame:
    """200 follow A in January; 50 of them are gone by July, of whom 30 then follow B and 10 did so before."""
    stayed: Span = (FIRST, THIRD)
    rows = [(n, "A", stayed if n >= 50 else (FIRST, FIRST)) for n in range(200)]
    rows += [(300 + n, "A", (SECOND, THIRD)) for n in range(40)]
    rows += [(n, "B", (THIRD, THIRD)) for n in range(30)]
    rows += [(n, "B", stayed) for n in range(30, 40)]
    rows += [(n, "B", stayed) for n in range(400, 460)]
    return follows(rows)


def test_who_left_and_where_they_went() -> None:
    found = churn(planted(), "A", ["B", "C"], date(2026, 1, 31), date(2026, 7, 31))
    assert found is not None
    assert (found.start, found.end) == (date(2026, 1, 1), date(2026, 7, 1))
    assert (found.before, found.stayed, found.left, found.came) == (200, 150, 50, 40)
    assert found.now_with == {"B": 40, "C": 0}
    assert found.went_to == {"B": 30, "C": 0}
    assert found.left_share == pytest.approx(0.25)
    assert found.low < 0.25 < found.high


def test_a_reading_shows_by_what_it_changed() -> None:
    own = planted().filter(pl.col("dst") == "A")
    assert readings(own) == [date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)]


def test_one_reading_tells_nothing() -> None:
    once = follows([(n, "A", (FIRST, FIRST)) for n in range(100)])
    assert churn(once, "A", [], date(2026, 1, 31), date(2026, 7, 31)) is None
    assert churn(planted(), "A", [], date(2026, 8, 1), date(2026, 8, 2)) is None
    assert churn(planted(), "nobody", [], date(2026, 1, 31), date(2026, 7, 31)) is None


def test_a_list_that_shows_only_a_part_is_allowed_for() -> None:
    """90 % of followers show: of 2,000 who all stayed, a tenth is missing, and the interval holds nobody leaving."""
    seen = np.random.default_rng(2).random(2_000) < 0.9
    rows = follows([(n, "A", (FIRST, THIRD if seen[n] else FIRST)) for n in range(2_000)])
    found = churn(rows, "A", [], date(2026, 1, 31), date(2026, 7, 31), seen=0.9)
    assert found is not None
    assert found.left > 150
    assert found.low == 0.0
    assert found.left_share < 0.03


def test_recapture_covers_the_true_size() -> None:
    random, covered, trials = np.random.default_rng(9), 0, 400
    for _ in range(trials):
        first, second = random.random(3_000) < 0.3, random.random(3_000) < 0.2
        found = recapture(int(first.sum()), int(second.sum()), int((first & second).sum()))
        covered += found.low <= 3_000 <= found.high
        assert found.low >= (first | second).sum() - 1e-9
    assert covered / trials >= 0.95 - 3 * (0.95 * 0.05 / trials) ** 0.5


def test_samples_that_are_the_same_are_all_there_is() -> None:
    assert recapture(50, 50, 50).size == recapture(50, 50, 50).high == 50
    with pytest.raises(ValueError, match="share no more"):
        recapture(5, 10, 6)
