"""Whose rows these are: accounts and customers to persons, as the profiles and the imported links join them."""

from __future__ import annotations

import polars as pl

from lake.store import Lake
from privacy.optouts import blocked
from privacy.pseudonyms import Pseudonyms

UNLINKED = "customer:"


def links_of(lake: Lake) -> pl.DataFrame:
    """customer_id, account_id: the imported links, and every customer without one under a pseudonym of their own."""
    links = lake.read("links", ["customer_id", "account_id"])
    return pl.concat([links, own_accounts(lake).select(links.columns)])


def own_accounts(lake: Lake) -> pl.DataFrame:
    """customer_id, account_id, source: the customers of touchpoints whom no link joins to an account, under a pseudonym.

    Those who opted out are left out.
    """
    linked = lake.read("links", ["customer_id"])
    alone = (
        lake.read("touchpoints", ["customer_id", "source"], pl.col("account_id").is_null())
        .drop_nulls("customer_id")
        .join(linked, on="customer_id", how="anti")
        .group_by("customer_id")
        .agg(pl.col("source").min())
        .sort("customer_id")
    )
    if alone.is_empty():
        return alone.select("customer_id", pl.lit(None, pl.String).alias("account_id"), "source")
    ids = Pseudonyms.open(lake.home).customers(alone["customer_id"])
    named = alone.select("customer_id", pl.Series("account_id", ids, dtype=pl.String), "source")
    gone = pl.Series(sorted(blocked(lake.home)), dtype=pl.String)
    return named.filter(~pl.col("account_id").is_in(gone.implode()))


def known_people(lake: Lake) -> pl.DataFrame:
    """account_id, person_id of everybody who has a profile, also by accounts that links join to it."""
    profiled = lake.read("profiles", ["account_id", "person_id"])
    links = links_of(lake)
    joined = links.join(linked_customers(links, profiled), on="customer_id").select("account_id", "person_id")
    return pl.concat([profiled, joined]).unique("account_id", keep="first", maintain_order=True)


def linked_customers(links: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """customer_id, person_id: the person whom links join each customer to."""
    joined = links.join(people, on="account_id").group_by("customer_id")
    return joined.agg(pl.col("person_id").min())


def by_person(rows: pl.DataFrame, links: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Rows (account_id, customer_id) with ``person_id``: by account, else by the customer's link, else ``customer:ID``.

    ``people``: account_id, person_id, of the profiled and the linked. An account that is neither stands for itself.
    """
    of_customer = linked_customers(links, people).rename({"person_id": "linked"})
    named = pl.coalesce("person_id", "account_id", "linked", pl.format(UNLINKED + "{}", "customer_id"))
    return (
        rows.join(people, on="account_id", how="left")
        .join(of_customer, on="customer_id", how="left")
        .with_columns(named.alias("person_id"))
        .drop("linked")
    )
