"""The accounts of one person taken together: rows of profiles to rows of persons."""

from __future__ import annotations

import polars as pl

from audience.index.facts import FACTS
from audience.index.lists import alone
from audience.index.origins import origin_of

_EVIDENCE = 3
_UNITED = ("topics", "intents", "follows", "engaged", "benefits", "styles", "terms", "counted")
# Single values of an account that become a list of the person's.
_GATHERED = {"source": "sources", "region": "regions", "community": "communities", "kind": "kinds"}
# Where accounts differ, the one that was active last speaks for the person.
_LATEST = ("activity", "customer", "value", "gender", "age_band", "education", "occupation")


def merge_linked(profiles: pl.DataFrame) -> pl.DataFrame:
    """One row a person. Nearly all people have one account: only the others pass through group-bys."""
    together = profiles.select(pl.len().over("person_id") > 1).to_series()
    people = _alone(profiles.filter(~together))
    linked = profiles.filter(together)
    return pl.concat([people, _linked(linked).select(people.columns)]) if linked.height else people


def _alone(profiles: pl.DataFrame) -> pl.DataFrame:
    return profiles.select(
        "person_id",
        alone("account_id").alias("accounts"),
        pl.col("listable").fill_null(False),
        pl.when("public").then("name").alias("name"),
        *(alone(old).alias(new) for old, new in _GATHERED.items()),
        *(pl.col(name).fill_null([]) for name in (*_UNITED, "tags", "brands")),
        pl.col("hours").fill_null([]).list.sort(),
        *_LATEST,
        "origins",
        pl.col("influence").fill_null(0).clip(0),
        pl.col("followers").clip(0),
        _seconds(),
        alone("words"),
    )


def _linked(profiles: pl.DataFrame) -> pl.DataFrame:
    ordered = profiles.sort("person_id", "account_id")

    def united(name: str) -> pl.Expr:
        return pl.col(name).explode().drop_nulls().unique(maintain_order=True)

    people = ordered.group_by("person_id", maintain_order=True).agg(
        pl.col("account_id").alias("accounts"),
        # One account that is not to be listed keeps the person off every list: its data is part of the row.
        pl.col("listable").fill_null(False).all(),
        pl.col("name").filter(pl.col("public")).drop_nulls().first(),
        *(pl.col(old).drop_nulls().unique(maintain_order=True).alias(new) for old, new in _GATHERED.items()),
        *(united(name) for name in _UNITED),
        united("hours").sort(),
        *(_latest(pl.col(name), name) for name in _LATEST),
        pl.struct(_latest(origin_of(fact.column), fact.column) for fact in FACTS)
        .struct.json_encode()
        .alias("origins"),
        pl.col("influence").max().fill_null(0).clip(0),
        pl.col("followers").max().clip(0),
        _seconds().max(),
        pl.col("words").drop_nulls(),
    )
    return (
        people.join(_tags(ordered), on="person_id", how="left", maintain_order="left")
        .join(_brands(ordered), on="person_id", how="left", maintain_order="left")
        .with_columns(pl.col("tags", "brands").fill_null([]))
    )


def _latest(said: pl.Expr, name: str) -> pl.Expr:
    """What is said by that account that has a value of this name and was active last."""
    by = [pl.col(name).is_null(), pl.col("last_active_at")]
    return (
        said.sort_by(by, descending=[False, True], nulls_last=True, maintain_order=True).first().alias(name)
    )


def _seconds() -> pl.Expr:
    return pl.col("last_active_at").dt.epoch("s").clip(0).alias("last_active")


def _tags(profiles: pl.DataFrame) -> pl.DataFrame:
    """Each tag's highest level over the accounts, with the posts behind it; the strongest tag first."""
    return (
        profiles.select("person_id", "tags")
        .explode("tags")
        .drop_nulls("tags")
        .unnest("tags")
        .group_by("person_id", "tag", maintain_order=True)
        .agg(pl.col("level").max(), pl.col("evidence").explode().drop_nulls().head(_EVIDENCE))
        .sort("person_id", "level", "tag", descending=[False, True, False])
        .group_by("person_id", maintain_order=True)
        .agg(pl.struct("tag", "level", "evidence").alias("tags"))
    )


def _brands(profiles: pl.DataFrame) -> pl.DataFrame:
    """Mentions of each brand over the accounts, and their mean sentiment."""
    posts = pl.col("posts").fill_null(1)
    return (
        profiles.select("person_id", "brands")
        .explode("brands")
        .drop_nulls("brands")
        .unnest("brands")
        .group_by("person_id", "brand", maintain_order=True)
        .agg(posts.sum(), ((pl.col("sentiment") * posts).sum() / posts.sum()).cast(pl.Float32))
        .group_by("person_id", maintain_order=True)
        .agg(pl.struct("brand", "posts", "sentiment").alias("brands"))
    )
