"""The part of the mining run that is about customers: touchpoints and talk in, the ``value`` table and standings out."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from lake.persons import by_person, links_of
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
    links = links_of(lake)
    everyone = everybody(accounts, annotations)
    linked = links.select("account_id", pl.lit(None, pl.String).alias("source"))
    people = persons(pl.concat([everyone, linked]).unique("account_id", maintain_order=True), links)
    touchpoints = by_person(lake.read("touchpoints").sort("id"), links, people)
    past = touchpoints.filter(pl.col("at") <= as_of)
    propensity, tried = score(past, as_of)
    save(home, tried)
    ours = [brand.name for brand in load_brands(home) if brand.role is BrandRole.OURS]
    said = brand_talk(annotations, people, ours, as_of)
    heard = _follows(
        edges, people, pl.concat([_buyers(past), said.filter(pl.col("recommends") > 0).select("person_id")])
    )
    worth = value_table(past, said, _near(edges, tracked, people), heard, propensity, as_of)
    standings = worth.select("person_id", "customer", "customer_from", "value")
    return worth, standings.join(asked_facts(past, as_of), on="person_id", how="full", coalesce=True)


def _buyers(touchpoints: pl.DataFrame) -> pl.DataFrame:
    return touchpoints.filter(pl.col("kind") == "purchase").select("person_id")


def _follows(edges: pl.DataFrame, people: pl.DataFrame, heard: pl.DataFrame) -> pl.DataFrame:
    """src, dst: which persons follow the ``heard`` ones (person_id), each pair once."""
    of_heard = people.join(heard.unique(), on="person_id", how="semi")
    followed = edges.filter(pl.col("kind") == "follow").join(of_heard, left_on="dst", right_on="account_id")
    return (
        followed.select("src", pl.col("person_id").alias("dst"))
        .join(people, left_on="src", right_on="account_id")
        .select(pl.col("person_id").alias("src"), "dst")
        .unique()
    )


def _near(edges: pl.DataFrame, tracked: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """person_id, ours: who follows or engages one of our brands."""
    ours = tracked.filter(pl.col("role") == str(BrandRole.OURS))
    near = edges.join(ours, left_on="dst", right_on="account_id", how="semi").select("src").unique()
    return (
        near.join(people, left_on="src", right_on="account_id")
        .select("person_id", pl.lit(True).alias("ours"))
        .unique()
    )
