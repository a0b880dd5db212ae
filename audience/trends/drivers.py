"""Who carried a burst: communities, interest audiences and public accounts; private persons never."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import polars as pl

from audience.trends.answers import Driver, RisingItem
from audience.trends.social import mentions
from lake.store import Lake
from privacy.disclosure import Disclosure
from privacy.sensitive import sensitive_matter

_EACH = 3  # groups shown of a kind
_LEVEL = 3  # of an interest, from which on a person is of its audience
_OVER = 110.0  # TGI from which on a group is said to have carried a burst
_AROUND = timedelta(days=7)
_LONGEST = timedelta(days=3)


def with_drivers(lake: Lake, rises: Sequence[RisingItem], disclosure: Disclosure) -> list[RisingItem]:
    """The same rises, those in posts with who carried them; where a rise has fewer than k people, nobody is told."""
    social = [one for one in rises if one.kind != "keyword"]
    if not social or not lake.exists("profiles"):
        return list(rises)
    known = _Known(lake, disclosure)
    first, last = min(one.start for one in social), max(_end(one) for one in social)
    said = mentions(lake, {(one.kind, one.item) for one in social}, first, last)
    everybody = _everybody(lake, first - _AROUND, last)
    return [one if one.kind == "keyword" else _driven(one, said, everybody, known) for one in rises]


def _driven(one: RisingItem, said: pl.DataFrame, everybody: pl.DataFrame, known: _Known) -> RisingItem:
    within = pl.col("at").is_between(one.start, _end(one), closed="left")
    posts = said.filter(pl.col("kind") == one.kind, pl.col("item") == one.item, within)
    around = everybody.filter(pl.col("at").is_between(one.start - _AROUND, _end(one), closed="left"))
    found = known.groups(posts["account_id"].unique(), around["account_id"].unique())
    return one.model_copy(update={"drivers": [*found, *known.publics(posts)] if found is not None else []})


class _Known:
    """Communities, interests and public accounts, read once."""

    def __init__(self, lake: Lake, disclosure: Disclosure) -> None:
        self._disclosure = disclosure
        profiles = lake.read(
            "profiles", columns=["account_id", "public", "name", "listable", "community", "tags"]
        )
        names = {
            community: name
            for community, name in lake.read("communities", columns=["community", "name"])
            .unique()
            .iter_rows()
            if name and sensitive_matter(name) is None
        }
        community = pl.col("community").replace_strict(names, default=None, return_dtype=pl.String)
        of_community = profiles.select(
            "account_id", pl.lit("community").alias("kind"), community.alias("name")
        ).drop_nulls()
        tags = profiles.select("account_id", "tags").explode("tags").drop_nulls("tags").unnest("tags")
        of_interest = tags.filter(pl.col("level") >= _LEVEL).select(
            "account_id", pl.lit("interest").alias("kind"), pl.col("tag").alias("name")
        )
        plain = {tag for tag in of_interest["name"].unique() if sensitive_matter(tag) is None}
        self._member = pl.concat([of_community, of_interest.filter(pl.col("name").is_in(plain))])
        self._public = profiles.filter(pl.col("public"), pl.col("listable").fill_null(True)).select(
            "account_id", "name"
        )

    def groups(self, people: pl.Series, everybody: pl.Series) -> list[Driver] | None:
        """Groups that are over-represented among people, against everybody; None where the people are too few."""
        if self._disclosure.hidden(len(people)):
            return None
        counted = self._counts(people, "people").join(self._counts(everybody, "all"), on=["kind", "name"])
        told, of = self._disclosure.rounded(len(people)), self._disclosure.rounded(len(everybody))
        found = []
        for kind, name, inside, outside in counted.iter_rows():
            if self._disclosure.hidden(inside) or self._disclosure.hidden(outside):
                continue
            inside, outside = self._disclosure.rounded(inside), self._disclosure.rounded(outside)
            share, base = min(inside / told, 1.0), outside / of
            tgi = 100.0 * share / base
            if tgi >= _OVER:
                found.append(_group(kind, name, inside, share, tgi))
        found.sort(key=lambda driver: (-(driver.share or 0) * ((driver.tgi or 0) - 100.0), driver.name))
        return [
            driver
            for kind in ("community", "interest")
            for driver in [one for one in found if one.kind == kind][:_EACH]
        ]

    def publics(self, posts: pl.DataFrame) -> list[Driver]:
        """Public accounts that posted most about it, by name."""
        own = posts.join(self._public.drop_nulls("name"), on="account_id")
        counted = own.group_by("name").agg(pl.col("post_id").n_unique().alias("posts"))
        first = counted.sort("posts", "name", descending=[True, False]).head(_EACH)
        return [Driver(kind="public", name=name, posts=posts) for name, posts in first.iter_rows()]

    def _counts(self, people: pl.Series, name: str) -> pl.DataFrame:
        within = self._member.join(people.alias("account_id").to_frame(), on="account_id", how="semi")
        return within.group_by("kind", "name").agg(pl.col("account_id").n_unique().alias(name))


def _group(
    kind: Literal["community", "interest"], name: str, people: int, share: float, tgi: float
) -> Driver:
    return Driver(kind=kind, name=name, people=people, share=round(share, 4), tgi=round(tgi, 1))


def _end(one: RisingItem) -> datetime:
    """When a rise is over: its end, else a day after its peak; at most three days are looked at."""
    return min(one.end or one.peak + timedelta(days=1), one.start + _LONGEST)


def _everybody(lake: Lake, since: datetime, until: datetime) -> pl.DataFrame:
    within = (pl.col("created_at") >= since) & (pl.col("created_at") < until)
    posts = lake.read("annotations", columns=["account_id", "created_at"], where=within)
    return posts.select("account_id", pl.col("created_at").alias("at"))
