"""Who is listened to, over all or on one interest, and why: who amplifies them, in which communities, on what."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from audience.disclosure.group import group_of
from audience.errors import NotMinedError
from audience.index.opened import first_step, open_index
from audience.network.answers import Amplifier, InfluenceAnswer, Influencer
from audience.query.conditions import read_condition
from audience.query.model import AudienceQuery
from audience.query.text import parse
from graph.reach import reach
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

MAX_LIMIT = 1_000
LATELY_DAYS = 90
_AMPLIFIERS, _NAMES = 3, 3
_SURE = 0.5  # probability from which a post is about a tag
_TOLD = [
    "percentile",
    "low",
    "high",
    "authority",
    "hub",
    "median_reposts",
    "expected_reposts",
    "amplification",
]


def influencers(
    home: Home,
    tag: str | None = None,
    *,
    among: AudienceQuery | str | None = None,
    limit: int = 50,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> InfluenceAnswer:
    """List the accounts that are listened to most, over all or on an interest. Needs role planner.

    ``among`` is a query that they must meet. Only people who may be listed are; one row a person.

    Raises:
        BadInputError: a limit out of bounds.
        BadQueryError, SensitiveQueryError: an interest or query that can't be asked about.
        NotMinedError: nothing was mined yet.
    """
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    if not 1 <= limit <= MAX_LIMIT:
        raise BadInputError(f"limit is 1 to {MAX_LIMIT:,}")
    lake = Lake(home)
    if not lake.exists("influence"):
        raise NotMinedError("influence is not known yet", first_step(home))
    people, query, hidden = _people(home, lake, tag, among, disclosure)
    as_of = open_index(home).scope().as_of
    answer = InfluenceAnswer(
        hidden=bool(hidden),
        reason=hidden,
        tag=tag,
        among=query,
        people=disclosure.count(people.height),
        as_of=as_of,
        k=disclosure.k,
    )
    if not hidden:
        best = _ranked(lake, people, tag).head(limit)
        answer = answer.model_copy(update={"influencers": _explained(lake, best, as_of, disclosure)})
    detail = {"tag": tag, "among": query, "hidden": answer.hidden}
    record(home, who, role, "influence", {**detail, "people": [one.person_id for one in answer.influencers]})
    return answer


def _people(
    home: Home, lake: Lake, tag: str | None, among: AudienceQuery | str | None, disclosure: Disclosure
) -> tuple[pl.DataFrame, str | None, str]:
    """person_id of those to rank, the query as asked, and why nobody may be told of."""
    conditions = [read_condition("tag", "", tag, quoted=True, tail="")] if tag else []
    asked = parse(among) if isinstance(among, str) else among
    if conditions or asked is not None:
        wanted = AudienceQuery(all=(*conditions, *([asked] if asked is not None else [])))
        group = group_of(home, wanted, disclosure)
        told = group.query if among is not None else None
        return pl.DataFrame({"person_id": group.persons}, schema={"person_id": pl.String}), told, group.hidden
    listable = lake.read("profiles", columns=["person_id", "listable"])
    kept = listable.group_by("person_id").agg(pl.col("listable").fill_null(False).all()).filter("listable")
    hidden = f"fewer than {disclosure.k} people" if disclosure.hidden(kept.height) else ""
    return kept.select("person_id"), None, hidden


def _ranked(lake: Lake, people: pl.DataFrame, tag: str | None) -> pl.DataFrame:
    """One row a person, the account of theirs that is listened to most; most listened to first."""
    profiles = lake.read("profiles", columns=["account_id", "person_id", "public", "name"])
    ranks = lake.read("influence").join(profiles, on="account_id").join(people, on="person_id", how="semi")
    if tag is None:
        ranks = ranks.with_columns(
            pl.col("pagerank").alias("score"), pl.lit(None, pl.Int32).alias("tag_percentile")
        )
    else:
        on_tag = lake.read("tag_influence", where=pl.col("tag") == tag)
        ranks = ranks.join(
            on_tag.select("account_id", "score", pl.col("percentile").alias("tag_percentile")),
            on="account_id",
        )
    ordered = ranks.sort("score", "account_id", descending=[True, False])
    return ordered.unique("person_id", keep="first", maintain_order=True)


def _explained(lake: Lake, best: pl.DataFrame, as_of: datetime, disclosure: Disclosure) -> list[Influencer]:
    accounts = best["account_id"]
    follows = lake.read("edges", columns=["src", "dst"], where=pl.col("kind") == "follow")
    reached = {row["account_id"]: row for row in reach(follows, accounts.to_list()).iter_rows(named=True)}
    heard = _heard(lake, accounts, as_of)
    amplifiers, communities, topics = (
        _amplifiers(lake, heard),
        _communities(lake, heard),
        _topics(lake, heard),
    )
    return [
        Influencer(
            rank=place,
            person_id=row["person_id"],
            account_id=row["account_id"],
            name=row["name"] if row["public"] else None,
            tag_percentile=row["tag_percentile"],
            followers=disclosure.rounded(reached[row["account_id"]]["followers"]),
            within_two=disclosure.rounded(reached[row["account_id"]]["within_two"]),
            amplified_by=amplifiers.get(row["account_id"], []),
            communities=communities.get(row["account_id"], []),
            topics=topics.get(row["account_id"], []),
            **{name: row[name] for name in _TOLD},
        )
        for place, row in enumerate(best.iter_rows(named=True), start=1)
    ]


def _heard(lake: Lake, accounts: pl.Series, as_of: datetime) -> pl.DataFrame:
    """src, dst, post_id: the reposts, replies and mentions that these accounts got lately."""
    edges = lake.read(
        "edges",
        columns=["src", "dst", "kind", "post_id", "at"],
        where=pl.col("dst").is_in(accounts.implode()) & (pl.col("kind") != "follow"),
    )
    since = as_of - timedelta(days=LATELY_DAYS)
    lately = edges.filter(pl.col("at") >= since, pl.col("at") <= as_of, pl.col("src") != pl.col("dst"))
    return lately.select("src", "dst", "post_id")


def _amplifiers(lake: Lake, heard: pl.DataFrame) -> dict[str, list[Amplifier]]:
    """Those who may be listed, by how many of their posts took the account up."""
    known = lake.read("profiles", columns=["account_id", "listable", "public", "name"])
    counted = (
        heard.group_by("dst", "src")
        .agg(pl.col("post_id").n_unique().alias("times"))
        .join(known.filter("listable"), left_on="src", right_on="account_id")
        .sort("dst", "times", "src", descending=[False, True, False])
        .group_by("dst", maintain_order=True)
        .head(_AMPLIFIERS)
    )
    found: dict[str, list[Amplifier]] = {}
    for row in counted.iter_rows(named=True):
        name = row["name"] if row["public"] else None
        found.setdefault(row["dst"], []).append(
            Amplifier(account_id=row["src"], name=name, times=row["times"])
        )
    return found


def _communities(lake: Lake, heard: pl.DataFrame) -> dict[str, list[str]]:
    groups = lake.read("communities", columns=["account_id", "name"]).drop_nulls("name")
    named = heard.join(groups, left_on="src", right_on="account_id").select("dst", "src", "name").unique()
    return _most(named)


def _topics(lake: Lake, heard: pl.DataFrame) -> dict[str, list[str]]:
    """The interests of the posts that took the accounts up."""
    posts = heard["post_id"].unique()
    about = (
        lake.read(
            "annotations",
            columns=["post_id", "tags", "tag_probs"],
            where=pl.col("post_id").is_in(posts.implode()),
        )
        .explode("tags", "tag_probs")
        .filter(pl.col("tag_probs") >= _SURE)
        .select("post_id", pl.col("tags").alias("name"))
    )
    return _most(heard.join(about, on="post_id").select("dst", "name"))


def _most(rows: pl.DataFrame) -> dict[str, list[str]]:
    """The most frequent names by dst; sensitive ones are left out."""
    names = [name for name in rows["name"].unique().to_list() if sensitive_matter(name) is None]
    counted = (
        rows.filter(pl.col("name").is_in(pl.Series(names, dtype=pl.String).implode()))
        .group_by("dst", "name")
        .len()
        .sort("dst", "len", "name", descending=[False, True, False])
        .group_by("dst", maintain_order=True)
        .agg(pl.col("name").head(_NAMES))
    )
    return dict(counted.iter_rows())
