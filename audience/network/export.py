"""The network itself, for those who look at it with other tools: exports, and who is around one account."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from audience.disclosure.group import group_of
from audience.errors import NotMinedError
from audience.files import whole
from audience.network.answers import ChartCategory, ChartLink, ChartNode, NetworkChart, NetworkExport
from audience.query.model import AudienceQuery
from graph.export import FORMATS, TooManyEdgesError, write
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError, ForbiddenError, NotFoundError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

KINDS = ("follow", "mention", "reply", "repost")
MAX_AROUND = 500
_NO_COMMUNITY = "–"
_SMALLEST, _LARGEST = 6.0, 40.0  # pixels of a dot


def export_network(
    home: Home,
    path: Path,
    *,
    among: AudienceQuery | str | None = None,
    kinds: tuple[str, ...] = KINDS,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> NetworkExport:
    """Write who follows, mentions, answers and reposts whom, by pseudonym. Needs role planner; audited.

    Only people who may be listed are in it (of ``among``, where that is given), public accounts with their name. CSV and
    Parquet get a second file, ``NAME-nodes``, with what is known of the accounts. Files appear whole or not at all.

    Raises:
        BadInputError: another kind of file or edge, or too many edges for XML.
        ForbiddenError: the role is too low, or fewer than k people would be in it.
        StorageError: a file could not be written.
    """
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    if path.suffix.lower() not in FORMATS:
        raise BadInputError(
            f"{path.name} is none of {', '.join(FORMATS)}", "end the file name in one of these"
        )
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise BadInputError(f"there is no kind of edge {unknown[0]!r}", f"kinds are {', '.join(KINDS)}")
    lake = Lake(home)
    people = _listable(lake)
    hidden = ""
    if among is not None:
        group = group_of(home, among, disclosure)
        hidden, wanted = group.hidden, pl.Series(group.persons, dtype=pl.String)
        people = people.filter(pl.col("person_id").is_in(wanted.implode()))
    if not hidden and disclosure.hidden(people["person_id"].n_unique()):
        hidden = f"fewer than {disclosure.k} people who may be listed"
    detail = {"file": path.name, "among": str(among or ""), "kinds": list(kinds), "refused": hidden}
    record(home, who, role, "export network", {**detail, "accounts": people.height})
    if hidden:
        raise ForbiddenError(f"this network may not be exported: {hidden}", "widen the query")
    edges = _edges(lake, people, kinds)
    tables = path.suffix.lower() in (".csv", ".parquet")
    beside = path.with_name(f"{path.stem}-nodes{path.suffix}") if tables else None
    try:
        whole([path, *([beside] if beside else [])], lambda drafts: write(_nodes(people), edges, *drafts))
    except TooManyEdgesError as error:
        raise BadInputError(str(error), "write .csv or .parquet, or narrow it with --among") from None
    return NetworkExport(
        path=str(path),
        nodes_path=None if beside is None else str(beside),
        accounts=people.height,
        edges=edges.height,
    )


def around(
    home: Home,
    account: str,
    limit: int = 100,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> NetworkChart:
    """One account, those most joined to it, and how they are joined to each other, as a chart. Needs role planner.

    ``account`` is a pseudonym or a public name. Shown only where at least k people who may be listed are around it.

    Raises:
        BadInputError: a limit out of bounds.
        NotFoundError: no such account, or one that may not be listed.
    """
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    if not 1 <= limit <= MAX_AROUND:
        raise BadInputError(f"limit is 1 to {MAX_AROUND:,}")
    lake = Lake(home)
    people = _listable(lake)
    found = people.filter(
        (pl.col("account_id") == account) | (pl.col("public") & (pl.col("name") == account))
    )
    if found.is_empty():
        raise NotFoundError(
            f"there is no account {account!r} that may be shown", "take a pseudonym from an answer"
        )
    centre = str(found["account_id"][0])
    own = (pl.col("src") == centre) | (pl.col("dst") == centre)
    near = _joined_to(_edges(lake, people, KINDS, own), centre)
    record(home, who, role, "ego", {"account": centre, "around": near.height})
    if disclosure.hidden(near.height):
        return NetworkChart(hidden=True, reason=f"fewer than {disclosure.k} people are around it")
    shown = people.filter(pl.col("account_id").is_in([centre, *near["account_id"].head(limit)]))
    both = pl.all_horizontal(pl.col("src", "dst").is_in(shown["account_id"].implode()))
    return _chart(shown, _edges(lake, shown, KINDS, both))


def _listable(lake: Lake) -> pl.DataFrame:
    if not lake.exists("profiles"):
        raise NotMinedError("there are no profiles yet")
    columns = ["account_id", "person_id", "listable", "public", "name", "kind", "community", "influence"]
    profiles = lake.read("profiles", columns=columns)
    names = lake.read("communities", columns=["community", "name"]).unique().drop_nulls()
    told = {community: name for community, name in names.iter_rows() if sensitive_matter(name) is None}
    named = pl.DataFrame(
        {"community": list(told), "circle": list(told.values())},
        schema={"community": pl.String, "circle": pl.String},
    )
    return (
        profiles.filter(pl.col("listable").fill_null(False).all().over("person_id"))
        .join(named, on="community", how="left")
        .with_columns(pl.coalesce("circle", "community").alias("circle"))
        .sort("account_id")
    )


def _nodes(people: pl.DataFrame) -> pl.DataFrame:
    return people.select(
        pl.col("account_id").alias("id"),
        pl.when("public").then("name").fill_null(pl.col("account_id").str.slice(0, 11)).alias("label"),
        "kind",
        pl.col("circle").alias("community"),
        "influence",
    )


def _edges(
    lake: Lake, people: pl.DataFrame, kinds: tuple[str, ...], only: pl.Expr | None = None
) -> pl.DataFrame:
    """source, target, kind, weight (how many), since (the first): between these people only.

    ``only`` says which edges it takes, so that no others are read.
    """
    wanted = pl.col("kind").is_in(pl.Series(list(kinds)).implode())
    edges = lake.read(
        "edges", columns=["src", "dst", "kind", "at"], where=wanted if only is None else wanted & only
    )
    known = people.select("account_id")
    inside = edges.join(known, left_on="src", right_on="account_id", how="semi").join(
        known, left_on="dst", right_on="account_id", how="semi"
    )
    return (
        inside.group_by(pl.col("src").alias("source"), pl.col("dst").alias("target"), "kind")
        .agg(
            pl.len().cast(pl.Int64).alias("weight"), pl.col("at").min().dt.strftime("%Y-%m-%d").alias("since")
        )
        .sort("source", "target", "kind")
    )


def _joined_to(edges: pl.DataFrame, centre: str) -> pl.DataFrame:
    """account_id, weight of those around the centre, the closest first."""
    touching = edges.filter((pl.col("source") == centre) ^ (pl.col("target") == centre))
    other = pl.when(pl.col("source") == centre).then("target").otherwise("source").alias("account_id")
    summed = touching.group_by(other).agg(pl.col("weight").sum())
    return summed.sort("weight", "account_id", descending=[True, False])


def _chart(people: pl.DataFrame, edges: pl.DataFrame) -> NetworkChart:
    circles = people["circle"].fill_null(_NO_COMMUNITY).unique().sort().to_list()
    place = {name: number for number, name in enumerate(circles)}
    lines = edges.group_by("source", "target").agg(pl.col("weight").sum()).sort("source", "target")
    nodes = _nodes(people).iter_rows(named=True)
    return NetworkChart(
        categories=[ChartCategory(name=name) for name in circles],
        nodes=[
            ChartNode(
                id=row["id"],
                name=row["label"],
                value=float(row["influence"] or 0),
                symbolSize=round(
                    _SMALLEST + (_LARGEST - _SMALLEST) * ((row["influence"] or 0) / 100) ** 2, 1
                ),
                category=place[row["community"] or _NO_COMMUNITY],
            )
            for row in nodes
        ],
        links=[
            ChartLink(source=row["source"], target=row["target"], value=float(row["weight"]))
            for row in lines.iter_rows(named=True)
        ],
    )
