"""Planted communities of a simulated network must come back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from sklearn.metrics import normalized_mutual_info_score

from graph.communities import communities

Ints = npt.NDArray[np.int64]


def network(
    seed: int, users: int, groups: int, forum: float, home: float = 0.75
) -> tuple[pl.DataFrame, Ints]:
    """A microblog (follows, replies) beside a forum (replies only); hubs by a power law, brands all follow."""
    random = np.random.default_rng(seed)
    group = random.choice(groups, users, p=random.dirichlet(np.full(groups, 4.0)))
    on_forum = random.random(users) < forum
    fame = random.pareto(1.3, users) + 1.0
    zeal = random.pareto(1.5, users) + 0.3
    rows: list[tuple[int, int, str]] = []
    for user in range(users):
        place = on_forum == on_forum[user]
        everybody = np.flatnonzero(place)
        own = np.flatnonzero(place & (group == group[user]))
        follows = 0 if on_forum[user] else int(random.poisson(9 * min(zeal[user], 4.0)))
        replies = int(random.poisson(3 * min(zeal[user], 6.0)))
        for kind, count in (("follow", follows), ("reply", replies)):
            at_home = int(random.binomial(count, home))
            for pool, many in ((own, at_home), (everybody, count - at_home)):
                chosen = random.choice(pool, many, p=fame[pool] / fame[pool].sum())
                rows += [(user, other, kind) for other in chosen.tolist()]
        if not on_forum[user]:
            rows += [(user, users + brand, "follow") for brand in range(6) if random.random() < 0.15]
    frame = pl.DataFrame(rows, schema={"src": pl.Int64, "dst": pl.Int64, "kind": pl.String}, orient="row")
    return frame.with_columns(pl.format("u{}", pl.col("src")), pl.format("u{}", pl.col("dst"))), group


def agreement(edges: pl.DataFrame, group: Ints) -> float:
    found = communities(edges).drop_nulls()
    number = found["account_id"].str.slice(1).cast(pl.Int64).to_numpy()
    known = number < len(group)
    return float(normalized_mutual_info_score(group[number[known]], found["community"].to_numpy()[known]))


@pytest.mark.parametrize(
    ("seed", "users", "groups", "forum"),
    [(1, 2000, 14, 0.3), (2, 2000, 16, 0.5), (3, 2000, 12, 0.0), (4, 300, 12, 0.3)],
)
def test_planted_communities_come_back(seed: int, users: int, groups: int, forum: float) -> None:
    assert agreement(*network(seed, users, groups, forum)) >= 0.75


def test_a_quiet_part_is_divided_as_finely_as_alone() -> None:
    """A forum's communities must not depend on how loud the microblog beside it is."""
    edges, _ = network(5, 600, 8, 0.0)
    loud = pl.concat(
        [network(6, 2000, 12, 0.0)[0].with_columns(pl.col("src", "dst").str.replace("u", "v"))] * 3
    )
    alone = communities(edges)
    beside = communities(pl.concat([edges, loud])).filter(pl.col("account_id").str.starts_with("u"))
    joined = alone.join(beside, on="account_id", suffix="_beside").drop_nulls()
    assert joined.group_by("community", "community_beside").len().height == joined["community"].n_unique()


def test_the_largest_is_first_and_the_isolated_have_none() -> None:
    clique = [(f"a{i}", f"a{j}", "follow") for i in range(6) for j in range(6) if i != j]
    trio = [("b1", "b2", "reply"), ("b2", "b3", "reply"), ("b3", "b1", "mention"), ("c", "c", "reply")]
    edges = pl.DataFrame(clique + trio, schema=["src", "dst", "kind"], orient="row")
    found = dict(communities(edges, accounts=pl.Series(["d", "a1"])).iter_rows())
    assert {found[f"a{i}"] for i in range(6)} == {0}
    assert {found[name] for name in ("b1", "b2", "b3")} == {1}
    assert found["d"] is None
    assert found.get("c") is None


def test_the_same_edges_give_the_same_communities_in_any_order() -> None:
    edges, _ = network(7, 400, 6, 0.3)
    first = communities(edges)
    assert first.equals(communities(edges.sample(fraction=1.0, shuffle=True, seed=1)))
    turned = edges.select(src="dst", dst="src", kind="kind")
    assert first.equals(communities(turned))


def test_no_edges_give_no_communities() -> None:
    empty = pl.DataFrame(schema={"src": pl.String, "dst": pl.String, "kind": pl.String})
    assert communities(empty).is_empty()
    assert communities(empty, accounts=pl.Series(["a"])).rows() == [("a", None)]
