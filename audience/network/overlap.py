"""How tracked brands share followers, and what each part of them cares about."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TypeAlias

import polars as pl

from audience.network.interests import Interests
from audience.network.overlap_answers import BrandPair, BrandSize, GroupInterests, Intersection, OverlapAnswer
from audience.network.rivalry import churn_of, conquests, read_follows, recaptured
from audience.network.suppression import hidden_rows, pair_tellable, rows_of
from graph.overlap import overlap as compare
from lake.store import Lake
from lake.tracked import tracked_accounts
from privacy.audit import record
from privacy.brands import Brand, load_brands
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home

MAX_BRANDS = 8
_INTERESTS = 8
# Bounds are given outward to this step, so that they give no exact count away.
_STEP = 0.005
Followers: TypeAlias = dict[str, pl.Series]  # different person ids


def overlap(
    home: Home,
    brands: Sequence[str],
    role: Role = Role.ANALYST,
    who: str = "local",
    disclosure: Disclosure | None = None,
    since: date | None = None,
    until: date | None = None,
) -> OverlapAnswer:
    """Compare two to eight brands of ``brands.toml`` by the people seen to follow them. Needs role analyst.

    With ``since`` (and ``until``, by default today) also who left which for which between those days, where the follower
    lists were read at both. A figure is hidden where it, or what is left when it is taken from a figure that is shown, is fewer than k people.

    Raises:
        BadInputError: unknown brands, fewer than two or more than eight, days that are no period of the past.
    """
    require(role, Role.ANALYST)
    disclosure = disclosure or Disclosure.from_settings()
    _check_period(since, until)
    chosen = _chosen(home, brands)
    lake = Lake(home)
    accounts = _accounts(home, chosen)
    follows = read_follows(lake, accounts)
    followers = {name: follows.filter(pl.col("dst") == name)["src"].unique() for name in accounts}
    shares = _seen_shares(lake, chosen, accounts, followers, follows)
    compared = compare(
        followers, {name: max(1.0 if share is None else share, 1e-6) for name, share in shares.items()}
    )
    groups, profiled = _groups(lake, followers, disclosure)
    churn = [] if since is None else churn_of(follows, shares, since, until, disclosure)
    untold = [] if since is None else [name for name in followers if name not in {one.brand for one in churn}]
    answer = OverlapAnswer(
        brands=[
            BrandSize(
                brand=brand.name, role=str(brand.role), followers=disclosure.count(len(followers[brand.name]))
            )
            for brand in chosen
        ],
        pairs=[_pair(row, disclosure) for row in compared.iter_rows(named=True)],
        intersections=_intersections(followers, disclosure),
        groups=groups,
        churn=churn,
        conquest=conquests(home, chosen, role, disclosure),
        unseen=_unseen(shares),
        k=disclosure.k,
        warnings=_warnings(followers, profiled, untold, disclosure.k),
    )
    record(home, who, role, "overlap", {"brands": list(followers)})
    return answer


def _chosen(home: Home, names: Sequence[str]) -> list[Brand]:
    known = {brand.name: brand for brand in load_brands(home)}
    asked = list(dict.fromkeys(names))
    unknown = [name for name in asked if name not in known]
    if unknown:
        listed = ", ".join(known) or "none yet: renqun brands add NAME --account SOURCE:HANDLE"
        raise BadInputError(f"there is no brand {unknown[0]!r}", f"brands are {listed}")
    if not 2 <= len(asked) <= MAX_BRANDS:
        raise BadInputError(f"compare 2 to {MAX_BRANDS} different brands", "name at least two")
    return [known[name] for name in asked]


def _check_period(since: date | None, until: date | None) -> None:
    if since is None:
        if until is not None:
            raise BadInputError("until what day is no question without since when", "add since")
        return
    end = until or datetime.now(UTC).date()
    if since >= end:
        raise BadInputError(f"since {since} is not before {end}", "ask from an earlier day")


def _accounts(home: Home, brands: Sequence[Brand]) -> dict[str, list[str]]:
    """Account ids of each brand, none for a brand that was never collected."""
    tracked = tracked_accounts(home)
    return {
        brand.name: tracked.filter(pl.col("brand") == brand.name)["account_id"].to_list() for brand in brands
    }


def _seen_shares(
    lake: Lake,
    brands: Sequence[Brand],
    accounts: Mapping[str, list[str]],
    followers: Followers,
    follows: pl.DataFrame,
) -> dict[str, float | None]:
    """The share of each brand's followers that could be seen; None: unknown.

    A brand's page states how many follow it. Where it doesn't, two readings of its list within some days tell by
    capture and recapture how many there are; else the share of accounts of its source that show whom they follow
    stands for it.
    """
    known = lake.read("accounts", columns=["id", "source", "followers_count", "edges_visible"])
    shares: dict[str, float | None] = {}
    for brand in brands:
        own = pl.Series(accounts[brand.name], dtype=pl.String).implode()
        stated = known.filter(pl.col("id").is_in(own))["followers_count"].drop_nulls()
        if stated.len() == len(accounts[brand.name]) and (total := int(stated.sum())) > 0:
            shares[brand.name] = min(1.0, len(followers[brand.name]) / total)
            continue
        if (size := recaptured(follows.filter(pl.col("dst") == brand.name))) is not None:
            shares[brand.name] = min(1.0, len(followers[brand.name]) / size)
            continue
        sources = [account.partition(":")[0] for account in brand.accounts]
        around = known.filter(pl.col("source").is_in(sources))["edges_visible"].drop_nulls()
        shares[brand.name] = int(around.sum()) / around.len() if around.len() else None
    return shares


def _unseen(shares: Mapping[str, float | None]) -> float | None:
    """The mean share of followers that stays unseen, None where nothing tells it."""
    told = [share for share in shares.values() if share is not None]
    return round(1 - sum(told) / len(told), 4) if told else None


def _pair(row: dict[str, object], disclosure: Disclosure) -> BrandPair:
    """A pair's figures from rounded counts; the bounds are those of the exact ones, widened outward."""
    a, b, both = (int(str(row[name])) for name in ("size_a", "size_b", "both"))
    if not pair_tellable(a, b, both, disclosure.k):
        return BrandPair(
            a=str(row["a"]), b=str(row["b"]), both=None, jaccard=None, low=None, high=None, hidden=True
        )
    size_a, size_b, shared = (disclosure.rounded(n) for n in (a, b, both))
    jaccard = min(1.0, shared / max(1, size_a + size_b - shared))
    low = math.floor(min(float(str(row["low"])), jaccard) / _STEP) * _STEP
    high = math.ceil(max(float(str(row["high"])), jaccard) / _STEP) * _STEP
    return BrandPair(
        a=str(row["a"]),
        b=str(row["b"]),
        both=shared,
        jaccard=round(jaccard, 4),
        low=round(max(0.0, low), 4),
        high=round(min(1.0, high), 4),
    )


def _intersections(followers: Followers, disclosure: Disclosure) -> list[Intersection]:
    """Every person in exactly one row, as in an UpSet plot (A. Lex et al., 2014); the larger first.

    Hidden are the rows of few people and those from which, with the sizes and the pairs, they could be worked out.
    """
    counts = rows_of(followers)
    hidden = hidden_rows(counts, list(followers), disclosure.k)
    told = [key for key, count in counts.items() if count or key in hidden]
    ordered = sorted(told, key=lambda key: (key in hidden, -counts[key] if key not in hidden else 0, key))
    return [
        Intersection(brands=list(key), people=None if key in hidden else disclosure.rounded(counts[key]))
        for key in ordered
    ]


def _groups(lake: Lake, followers: Followers, disclosure: Disclosure) -> tuple[list[GroupInterests], bool]:
    """Interests of the followers of both and of only one, for each pair; only where two brands are asked about."""
    if len(followers) != 2 or not lake.exists("profiles"):
        return [], lake.exists("profiles")
    profiles = lake.read("profiles", columns=["person_id", "tags"])
    interests = Interests(profiles)
    (a, of_a), (b, of_b) = followers.items()
    known = profiles["person_id"].unique()
    of_a, of_b = (known.filter(known.is_in(people.implode())) for people in (of_a, of_b))
    shared = of_a.is_in(of_b.implode())
    parts = [
        (f"{a} & {b}", of_a.filter(shared)),
        (f"only {a}", of_a.filter(~shared)),
        (f"only {b}", of_b.filter(~of_b.is_in(of_a.implode()))),
    ]
    if any(0 < len(people) < disclosure.k for _, people in parts):
        return [], True
    return [
        GroupInterests(
            group=name,
            people=disclosure.count(len(people)),
            over_indexed=interests.more(people, disclosure, _INTERESTS),
        )
        for name, people in parts
        if len(people)
    ], True


def _warnings(followers: Followers, profiled: bool, untold: Sequence[str], k: int) -> list[str]:
    """What to know about the answer; ``untold`` are the brands of which it isn't told who left."""
    warnings = [f"nobody was seen to follow {name}" for name, people in followers.items() if not len(people)]
    if not profiled:
        warnings.append("interests are not known yet; run: renqun mine")
    if untold:
        warnings.append(
            f"who left {'、'.join(untold)} is not known: that needs a follower list of {k} people or more, read at "
            "two times; crawl or import it again"
        )
    return warnings
