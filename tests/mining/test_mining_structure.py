"""Communities that keep their ids, their names, and whose listening counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from mining.standing import BOT_TRUST, influence_table, tag_influence_table, trust_table
from mining.structure import community_table

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
EARLIER = pl.DataFrame(schema={"account_id": pl.String, "community": pl.String, "name": pl.String})
LEADERS = pl.DataFrame(schema={"account_id": pl.String, "name": pl.String, "pagerank": pl.Float64})


def circles(sizes: dict[str, int], shift: int = 0) -> pl.DataFrame:
    """Follows among the members of each circle, every one to all of its own."""
    rows = [
        (f"{name}{i + shift:02d}", f"{name}{j + shift:02d}", "follow", AS_OF - timedelta(days=1))
        for name, size in sizes.items()
        for i in range(size)
        for j in range(size)
        if i != j
    ]
    return pl.DataFrame(
        rows,
        schema={"src": pl.String, "dst": pl.String, "kind": pl.String, "at": pl.Datetime("us", "UTC")},
        orient="row",
    )


def likes(tags: dict[str, str], size: int = 20) -> pl.DataFrame:
    rows = [(f"{name}{i:02d}", tag, 3.0) for name, tag in tags.items() for i in range(size)]
    schema = {"account_id": pl.String, "tag": pl.String, "weight": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def ids(table: pl.DataFrame) -> dict[str, str]:
    """The community of each circle, by its members' first letter."""
    return dict(table.select(pl.col("account_id").str.slice(0, 1), "community").unique().iter_rows())


def test_communities_keep_their_ids_as_they_grow_and_shrink() -> None:
    levels = likes({"p": "露营", "q": "咖啡"})
    first, named = community_table(circles({"p": 20, "q": 12}), levels, LEADERS, EARLIER)
    assert ids(first) == {"p": "c01", "q": "c02"}
    assert named == 2
    second, named = community_table(circles({"p": 9, "q": 18, "r": 14}), levels, LEADERS, first, named)
    assert ids(second) == {"p": "c01", "q": "c02", "r": "c03"}
    third, named = community_table(circles({"q": 18}), levels, LEADERS, second, named)
    fourth, named = community_table(circles({"q": 18, "s": 9}), levels, LEADERS, third, named)
    assert ids(fourth) == {"q": "c02", "s": "c04"}  # c03 is not given again
    assert named == 4
    assert dict(first.select("community", "name").unique().iter_rows()) == {"c01": "露营", "c02": "咖啡"}


def test_an_id_is_not_given_twice_where_the_count_was_lost() -> None:
    first, _ = community_table(circles({"p": 20}), likes({}), LEADERS, EARLIER, named=6)
    assert ids(first) == {"p": "c07"}
    second, named = community_table(circles({"q": 20}), likes({}), LEADERS, first, named=0)
    assert ids(second) == {"q": "c08"}
    assert named == 8


def test_without_common_interests_a_community_is_named_by_whom_it_listens_to() -> None:
    leaders = pl.DataFrame({"account_id": ["p01", "p02"], "name": ["远帐", "山野集"], "pagerank": [0.1, 0.3]})
    table, _ = community_table(circles({"p": 20}), likes({}), leaders, EARLIER)
    assert table["name"].unique().to_list() == ["around 山野集"]


def test_bots_and_spammers_are_trusted_less() -> None:
    accounts = pl.DataFrame({"id": ["bot", "ann", "quiet"], "kind": ["bot", "person", "person"]})
    annotations = pl.DataFrame({"account_id": ["ann", "ann", "unseen"], "spam": [0.0, 1.0, 0.25]})
    trust = dict(trust_table(accounts, annotations).iter_rows())
    assert trust == {"bot": BOT_TRUST, "ann": 0.5, "quiet": 1.0, "unseen": 0.75}


def test_the_tables_of_standing_hold_what_was_counted() -> None:
    edges = circles({"p": 8})
    posts = pl.DataFrame(
        {"account_id": ["p00"] * 6, "kind": ["post"] * 5 + ["repost"], "reposts": [4, 4, 4, 4, 4, 900]}
    )
    accounts = pl.DataFrame({"id": ["p00"], "kind": ["person"], "followers_count": [7]})
    annotations = pl.DataFrame({"account_id": ["p00"], "spam": [0.0]})
    trust = trust_table(accounts, annotations)
    table = influence_table(edges, posts, accounts, trust, AS_OF)
    own = table.row(by_predicate=pl.col("account_id") == "p00", named=True)
    told = [own["median_reposts"], own["expected_reposts"], own["amplification"]]
    assert told == pytest.approx([4.0, 4.0, 1.0])
    assert table.filter(pl.col("account_id") != "p00")["amplification"].null_count() == 7
    topical = tag_influence_table(edges, likes({"p": "露营"}, 5), annotations, trust, AS_OF)
    assert topical["tag"].unique().to_list() == ["露营"]
    assert topical["account_id"][0] == "p00"  # all alike, but only this one posts
