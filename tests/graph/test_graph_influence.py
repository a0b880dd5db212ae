"""Influence: who is followed and answered lately stands above who is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import networkx as nx
import numpy as np
import polars as pl
import pytest

from graph.influence import influence

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
Rows = list[tuple[str, str, str, float]]


def edges(rows: Rows) -> pl.DataFrame:
    """Rows of src, dst, kind and age in days."""
    return pl.DataFrame(
        [(src, dst, kind, AS_OF - timedelta(days=age)) for src, dst, kind, age in rows],
        schema={"src": pl.String, "dst": pl.String, "kind": pl.String, "at": pl.Datetime("us", "UTC")},
        orient="row",
    )


def rank(rows: Rows) -> dict[str, float]:
    found = influence(edges(rows), as_of=AS_OF)
    return dict(found.select("account_id", "pagerank").iter_rows())


def test_follows_alone_are_the_pagerank_of_networkx() -> None:
    random = np.random.default_rng(5)
    pairs = [(f"u{a:03d}", f"u{b:03d}") for a, b in random.integers(0, 80, (600, 2)).tolist()]
    found = influence(edges([(a, b, "follow", 3.0) for a, b in pairs]), as_of=AS_OF)
    theirs = nx.pagerank(
        nx.DiGraph([pair for pair in set(pairs) if pair[0] != pair[1]]), tol=1e-14, max_iter=500
    )
    for account, score in found.select("account_id", "pagerank").iter_rows():
        assert score == pytest.approx(theirs[account], abs=1e-9)
    followers = dict(found.select("account_id", "followers").iter_rows())
    assert followers == {account: len({a for a, b in pairs if b == account != a}) for account in followers}


def test_old_interactions_count_less_and_follows_do_not_age() -> None:
    scores = rank([("a", "fresh", "mention", 1.0), ("a", "stale", "mention", 300.0)])
    assert scores["fresh"] > 1.25 * scores["stale"]
    scores = rank([("a", "new", "follow", 1.0), ("a", "old", "follow", 900.0)])
    assert scores["new"] == pytest.approx(scores["old"])


def test_one_loud_fan_is_no_crowd() -> None:
    crowd: Rows = [(f"fan{n}", "loved", "reply", 1.0) for n in range(9)]
    loud: Rows = [("fan0", "pestered", "reply", 1.0)] * 9
    others: Rows = [(f"fan{n}", "other", "reply", 1.0) for n in range(9)]
    scores = rank(crowd + loud + others)
    assert scores["loved"] > scores["pestered"]


def test_what_lies_after_the_reference_day_is_not_known_yet() -> None:
    rows: Rows = [("a", "b", "mention", 1.0), ("a", "c", "mention", 1.0)]
    later: Rows = [("d", "c", "mention", -5.0), ("d", "d", "follow", 1.0)]
    assert rank(rows) == rank(rows + later)


def test_percentiles_are_ordered_whole_numbers_and_ties_share_one() -> None:
    rows: Rows = [(f"f{n}", f"star{n % 10}", "follow", 1.0) for n in range(100)]
    found = influence(edges(rows), accounts=pl.Series(["f0", "silent"]), as_of=AS_OF)
    assert found.schema["percentile"] == pl.Int32
    assert found["percentile"].max() == 91  # ten stars above 101 others, of 111
    by_account = dict(found.select("account_id", "percentile").iter_rows())
    assert {by_account[f"f{n}"] for n in range(100)} | {by_account["silent"]} == {0}
    assert found["pagerank"].sum() == pytest.approx(1.0)
    assert found["pagerank"].is_sorted(descending=True)


def test_row_order_does_not_matter_and_nothing_gives_nothing() -> None:
    random = np.random.default_rng(9)
    kinds = ["follow", "mention", "reply", "repost"]
    rows: Rows = [
        (f"u{a}", f"u{b}", kinds[int(random.integers(4))], float(random.integers(1, 200)))
        for a, b in random.integers(0, 60, (500, 2)).tolist()
    ]
    one = influence(edges(rows), as_of=AS_OF)
    two = influence(edges(rows).sample(fraction=1.0, shuffle=True, seed=3), as_of=AS_OF)
    assert (
        one.sort("account_id")
        .select("account_id", "percentile")
        .equals(two.sort("account_id").select("account_id", "percentile"))
    )
    assert influence(edges([]), as_of=AS_OF).is_empty()
