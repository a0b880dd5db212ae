"""The part of the mining run that is about customers: touchpoints and talk in, the ``value`` table and standings out."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from lake.persons import by_person
from lake.store import Lake
from mining.facts import asked_facts
from mining.profiles import everybody, persons
from mining.propensity import save, score
from mining.value import brand_talk, value_table
from privacy.brands import BrandRole, load_brands
from privacy.home import Home


def derive(
    home: Home,
    lake: Lake,
    annotations: pl.DataFrame,
    accounts: pl.DataFrame,
    edges: pl.DataFrame,
    tracked: pl.DataFrame,
    as_of: datetime,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The ``value`` table, and each person's standing for the profiles: customer, customer_from, value, ``told_…`` facts.

    ``tracked`` is that of ``lake.tracked.tracked_accounts``. Also keeps the trial of the propensity beside the models.
    """
    links = lake.read("links", ["customer_id", "account_id"])
    everyone = everybody(accounts, annotations)
    linked = links.select("account_id", pl.lit(None, pl.String).alias("source"))
    people = persons(pl.concat([everyone, linked]).unique("account_id", maintain_order=True), links)
    touchpoints = by_person(lake.read("touchpoints").sort("id"), links, people)
    past = touchpoints.filter(pl.col("at") <= as_of)
    propensity, tried = score(past, as_of)
    save(home, tried)
    ours = [brand.name for brand in load_brands(home) if brand.role is BrandRole.OURS]
    said = brand_talk(annotations, people, ours, as_of)
    between = _between(edges, people)
    worth = value_table(past, said, _near(between, tracked, people), between, propensity, as_of)
    standings = worth.select("person_id", "customer", "customer_from", "value")
    return worth, standings.join(asked_facts(past, as_of), on="person_id", how="full", coalesce=True)


def _between(edges: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """src, dst, kind: edges between persons instead of accounts."""
    named = people.rename({"account_id": "src", "person_id": "from"})
    heard = people.rename({"account_id": "dst", "person_id": "to"})
    return (
        edges.join(named, on="src")
        .join(heard, on="dst")
        .select(pl.col("from").alias("src"), pl.col("to").alias("dst"), "kind")
        .unique()
    )


def _near(between: pl.DataFrame, tracked: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """person_id, ours: who follows or engages one of our brands."""
    ours = tracked.filter(pl.col("role") == str(BrandRole.OURS)).join(people, on="account_id")
    near = between.join(ours.select("person_id").unique(), left_on="dst", right_on="person_id", how="semi")
    return near.select(pl.col("src").alias("person_id"), pl.lit(True).alias("ours")).unique()
