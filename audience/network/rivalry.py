"""Competitors over time: who left whom for whom, how many there are beyond those seen, and whom to win over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise

import polars as pl

from audience.errors import NotMinedError
from audience.network.overlap_answers import BrandChurn, Conquest
from audience.query.model import Active, AudienceQuery, Named
from audience.query.text import to_text
from audience.search.ask import search
from graph.churn import churn, readings, stood
from graph.recapture import recapture
from lake.store import Lake
from privacy.brands import Brand, BrandRole
from privacy.disclosure import Disclosure, Role
from privacy.home import Home

ACTIVE_DAYS = 30
# Readings so close together are two looks at one list: who came or went meanwhile is few.
_SAME_LIST_DAYS = 14


def read_follows(lake: Lake, accounts: Mapping[str, list[str]]) -> pl.DataFrame:
    """src (person), dst (brand), first_at, last_at: who follows any account of each brand, each person once a brand."""
    owners = pl.DataFrame(
        [(account, brand) for brand, ids in accounts.items() for account in ids],
        schema={"dst": pl.String, "brand": pl.String},
        orient="row",
    )
    within = (pl.col("kind") == "follow") & pl.col("dst").is_in(owners["dst"].implode())
    edges = lake.read("edges", columns=["src", "dst", "at", "last_at"], where=within)
    persons = lake.read("profiles", columns=["account_id", "person_id"])
    return (
        edges.join(owners, on="dst")
        .join(owners, left_on=["src", "brand"], right_on=["dst", "brand"], how="anti")
        .join(persons.rename({"account_id": "src"}), on="src", how="left")
        .group_by(pl.coalesce("person_id", "src").alias("src"), pl.col("brand").alias("dst"))
        .agg(pl.col("at").min().alias("first_at"), pl.col("last_at").max())
    )


def recaptured(own: pl.DataFrame) -> float | None:
    """How many follow one brand, by two readings of its list within two weeks; None where there are no such two."""
    days = readings(own)
    pairs = [pair for pair in pairwise(days) if (pair[1] - pair[0]).days <= _SAME_LIST_DAYS]
    if not pairs:
        return None
    first, second = (own.filter(stood(day)) for day in pairs[-1])
    both = first.join(second, on="src", how="semi").height
    return recapture(first.height, second.height, both).size if both else None


def churn_of(
    follows: pl.DataFrame,
    shares: Mapping[str, float | None],
    since: date,
    until: date | None,
    disclosure: Disclosure,
) -> list[BrandChurn]:
    """Each brand whose list was read at both days: who left, and how many began to follow another of the brands."""
    found = []
    for brand, share in shares.items():
        others = [name for name in shares if name != brand]
        end = until or datetime.now(UTC).date()
        moved = churn(follows, brand, others, since, end, seen=min(1.0, share or 1.0))
        if moved is None or disclosure.hidden(moved.before):
            continue
        told = {name: disclosure.rounded(n) for name, n in moved.went_to.items() if not disclosure.hidden(n)}
        few = 0 < moved.left < disclosure.k or 0 < moved.stayed < disclosure.k
        found.append(
            BrandChurn(
                brand=brand,
                start=moved.start,
                end=moved.end,
                before=disclosure.count(moved.before),
                left=None if few else disclosure.rounded(moved.left),
                came=disclosure.count(moved.came),
                left_share=None if few else round(moved.left_share, 2),
                low=None if few else round(moved.low, 2),
                high=None if few else round(moved.high, 2),
                went_to=told,
            )
        )
    return found


def conquests(home: Home, brands: Sequence[Brand], role: Role, disclosure: Disclosure) -> list[Conquest]:
    """For each competitor: the query of those who follow it, none of ours, and posted lately; none without an index."""
    ours = [brand.name for brand in brands if brand.role == BrandRole.OURS]
    rivals = [brand.name for brand in brands if brand.role == BrandRole.COMPETITOR]
    if not ours:
        return []
    found = []
    for rival in rivals:
        query = AudienceQuery(
            all=(Named(field="follows", value=rival), Active(field="active", days=ACTIVE_DAYS)),
            none=tuple(Named(field="follows", value=name) for name in ours),
        )
        try:
            answer = search(home, query, limit=0, role=role, disclosure=disclosure)
        except NotMinedError:
            return []
        found.append(Conquest(brand=rival, query=to_text(query), people=answer.total))
    return found
