"""Influence: who is followed and answered lately stands above who is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import networkx as nx
import numpy as np
import polars as pl
import pytest

from graph.influence import influence
from graph.reach import reach
from graph.topical import topical_influence

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


def test_hubs_and_authorities_are_those_of_networkx() -> None:
    random = np.random.default_rng(3)
    pairs = {(f"u{a:02d}", f"u{b:02d}") for a, b in random.integers(0, 30, (200, 2)).tolist() if a != b}
    found = influence(edges([(a, b, "follow", 1.0) for a, b in pairs]), as_of=AS_OF)
    hubs, authorities = nx.hits(nx.DiGraph(list(pairs)), max_iter=1000)
    for account, authority, hub in found.select("account_id", "authority", "hub").iter_rows():
        assert authority == pytest.approx(authorities[account], abs=1e-6)
        assert hub == pytest.approx(hubs[account], abs=1e-6)


def test_the_interval_is_narrow_where_many_listen_and_wide_where_one_does() -> None:
    crowd = [(f"f{n:03d}", "star", "follow", 1.0) for n in range(150)]
    chain = [
        ("star", "favourite", "follow", 1.0),
        *((f"f{n:03d}", f"g{n % 9}", "follow", 1.0) for n in range(150)),
    ]
    found = {
        row["account_id"]: row for row in influence(edges(crowd + chain), as_of=AS_OF).iter_rows(named=True)
    }
    star, favourite = found["star"], found["favourite"]
    assert star["high"] - star["low"] <= 4
    assert favourite["high"] - favourite["low"] > 20
    assert all(row["low"] <= row["percentile"] <= row["high"] for row in found.values())
    again = influence(edges(crowd + chain), as_of=AS_OF)
    assert again.equals(influence(edges(list(reversed(crowd + chain))), as_of=AS_OF))


def test_bots_that_listen_count_little() -> None:
    rows: Rows = [(f"bot{n}", "bought", "repost", 1.0) for n in range(30)]
    rows += [(f"fan{n}", "earned", "repost", 1.0) for n in range(20)]
    trust = pl.DataFrame({"account_id": [f"bot{n}" for n in range(30)], "trust": [0.0] * 30})
    assert influence(edges(rows), as_of=AS_OF)["account_id"][0] == "bought"
    damped = influence(edges(rows), as_of=AS_OF, trust=trust)
    assert damped["account_id"][0] == "earned"


def test_topical_influence_is_that_of_the_paper_step_by_step() -> None:
    """The same walk written out with dictionaries."""
    random = np.random.default_rng(8)
    names = [f"u{n:02d}" for n in range(25)]
    pairs = pl.DataFrame(
        sorted({(names[a], names[b], 1.0) for a, b in random.integers(0, 25, (120, 2)).tolist() if a != b}),
        schema=["src", "dst", "weight"],
        orient="row",
    )
    interests = pl.DataFrame(
        [
            (n, t, float(random.integers(1, 9)))
            for n in names
            for t in ("露营", "咖啡")
            if random.random() < 0.6
        ],
        schema=["account_id", "tag", "weight"],
        orient="row",
    )
    posts = {name: int(random.integers(0, 30)) for name in names}
    found = topical_influence(
        pairs, interests, pl.DataFrame(list(posts.items()), schema=["account_id", "posts"], orient="row")
    )
    weights = {(account, tag): weight for account, tag, weight in interests.iter_rows()}
    whole = {name: sum(weights.get((name, tag), 0.0) for tag in ("露营", "咖啡")) or 1.0 for name in names}
    listens: dict[str, list[str]] = {}
    for src, dst, _ in pairs.iter_rows():
        listens.setdefault(src, []).append(dst)
    for tag in ("露营", "咖啡"):
        start = {name: weights.get((name, tag), 0.0) for name in names}
        start = {name: value / sum(start.values()) for name, value in start.items()}
        own = {name: weights.get((name, tag), 0.0) / whole[name] for name in names}
        rank = dict(start)
        for _ in range(300):
            flow = dict.fromkeys(names, 0.0)
            for src, heard in listens.items():
                total = sum(1 + posts[dst] for dst in heard)
                for dst in heard:
                    flow[dst] += rank[src] * (1 + posts[dst]) / total * (1 - abs(own[src] - own[dst]))
            rank = {name: 0.85 * flow[name] + 0.15 * start[name] for name in names}
        told = dict(found.filter(pl.col("tag") == tag).select("account_id", "score").iter_rows())
        assert set(told) == {name for name in names if (name, tag) in weights}
        for name, score in told.items():
            assert score == pytest.approx(rank[name], abs=1e-5)


def test_an_expert_is_listened_to_on_their_subject_only() -> None:
    fans = [(f"c{n}", "camper", 1.0) for n in range(30)] + [(f"k{n}", "barista", 1.0) for n in range(40)]
    pairs = pl.DataFrame(fans, schema=["src", "dst", "weight"], orient="row").sort("src", "dst")
    rows = [(f"c{n}", "露营", 3.0) for n in range(30)] + [(f"k{n}", "咖啡", 3.0) for n in range(40)]
    rows += [("camper", "露营", 9.0), ("barista", "咖啡", 9.0), ("barista", "露营", 0.5)]
    interests = pl.DataFrame(rows, schema=["account_id", "tag", "weight"], orient="row")
    posts = pl.DataFrame({"account_id": ["camper", "barista"], "posts": [10, 10]})
    found = topical_influence(pairs, interests, posts)
    best = found.group_by("tag", maintain_order=True).first()
    assert dict(best.select("tag", "account_id").iter_rows()) == {"露营": "camper", "咖啡": "barista"}
    assert topical_influence(pairs, interests.clear(), posts).is_empty()


def test_reach_counts_different_people_within_two_steps() -> None:
    random = np.random.default_rng(6)
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((f"u{a}", f"u{b}") for a, b in random.integers(0, 60, (150, 2)).tolist())
    follows = pl.DataFrame(list(graph.edges), schema=["src", "dst"], orient="row")
    backward = graph.reverse()
    for account, followers, within_two in reach(follows, [*graph, "alone"]).iter_rows():
        if account == "alone":
            assert (followers, within_two) == (0, 0)
            continue
        lengths = nx.single_source_shortest_path_length(backward, account, cutoff=2)
        assert followers == len(set(graph.predecessors(account)) - {account})
        assert within_two == len(lengths) - 1
