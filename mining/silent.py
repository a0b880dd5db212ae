"""People who never wrote: where a home holds no posts at all, whoever follows or buys is a person all the same."""

from __future__ import annotations

import polars as pl

from lake.persons import own_accounts
from lake.store import Lake
from privacy.home import Home
from privacy.policies import load_policies


def with_silent(home: Home, lake: Lake, accounts: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Accounts, and where there are no posts, a bare row for each other account that edges or touchpoints act by.

    A customer whom no link joins to an account has one under a pseudonym of their own.

    With posts, accounts that only stand at the end of an edge stay without a profile: nothing says that they are there.
    They may be listed where the gate would let accounts of their source be, had a page of theirs been read that says
    nothing of it.
    """
    if lake.read("posts", columns=["id"]).height:
        return accounts
    sources = lake.read("edges", columns=["src", "source"]).select(pl.col("src").alias("id"), "source")
    linked = lake.read("links", columns=["account_id", "source"]).rename({"account_id": "id"})
    bought = lake.read("touchpoints", columns=["account_id", "source"]).rename({"account_id": "id"})
    own = own_accounts(lake).select(pl.col("account_id").alias("id"), "source")
    acting = sources.join(edges.select(pl.col("src").alias("id")).unique(), on="id", how="semi")
    others = (
        pl.concat([acting, linked, bought, own])
        .drop_nulls("id")
        .unique("id", keep="first", maintain_order=True)
    )
    fresh = others.join(accounts, on="id", how="anti").sort("id")
    listable = [
        policy.source
        for policy in load_policies(home)
        if policy.kind != "mastodon" or policy.discoverable_missing == "listable"
    ]
    fresh = fresh.with_columns(
        pl.col("source").is_in(listable).alias("listable"), pl.lit(False).alias("public")
    )
    return pl.concat([accounts, fresh], how="diagonal")
