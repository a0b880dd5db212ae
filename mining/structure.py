"""Edges to communities and their names, and who follows or engages the tracked accounts."""

from __future__ import annotations

import polars as pl

from graph.communities import communities
from graph.matching import match
from lake.store import Lake
from privacy.sensitive import sensitive_matter

# A community carries the names of its most over-indexed tags, which this many members must share.
NAME_TAGS = 2
NAME_MEMBERS = 5


def visible_edges(lake: Lake) -> pl.DataFrame:
    """Edges src, dst, kind, at in a repeatable order; follows of accounts that hide their lists left out."""
    edges = lake.read("edges", columns=["kind", "src", "dst", "post_id", "at"])
    hidden = lake.read("accounts", columns=["id", "edges_visible"]).filter(~pl.col("edges_visible"))
    hides = (pl.col("kind") == "follow") & pl.col("src").is_in(hidden["id"].implode())
    return (
        edges.filter(~hides, pl.col("src") != pl.col("dst"))
        .sort("kind", "src", "dst", "post_id")
        .drop("post_id")
    )


def community_table(
    edges: pl.DataFrame,
    levels: pl.DataFrame,
    leaders: pl.DataFrame,
    earlier: pl.DataFrame,
    named: int = 0,
    seed: int = 7,
) -> tuple[pl.DataFrame, int]:
    """The ``communities`` table (account_id, community, name), and how many ids were ever given.

    A community keeps the id ("c01" …) of the one in ``earlier`` (the table of the run before) that most of its members
    were in; others get new ids, the largest first; ``named`` ids were given before. It is named by its over-indexed tags,
    or else by the most listened to of ``leaders`` (account_id, name, pagerank: public accounts) in it.
    """
    found = communities(edges, seed=seed).drop_nulls("community")
    groups = found.rename({"community": "group"})
    kept = match(earlier.select("account_id", pl.col("community").alias("group")), groups)
    given = earlier["community"].str.slice(1).cast(pl.Int64, strict=False).max()
    ids, total = dict(kept), max(named, int(str(given or 0)))
    for number in groups["group"].unique().sort().to_list():
        if number not in ids:
            total += 1
            ids[number] = f"c{total:02d}"
    members = groups.select(
        "account_id", pl.col("group").replace_strict(ids, return_dtype=pl.String).alias("community")
    )
    names = (
        members.select("community")
        .unique()
        .join(_names(members, levels), on="community", how="left")
        .join(_led_by(members, leaders), on="community", how="left")
        .select("community", pl.coalesce("name", "leader").alias("name"))
    )
    return members.join(names, on="community", how="left").sort("account_id"), total


def _led_by(members: pl.DataFrame, leaders: pl.DataFrame) -> pl.DataFrame:
    """community, leader: the public account of each that is listened to most."""
    return (
        members.join(leaders.drop_nulls("name"), on="account_id")
        .sort("pagerank", "account_id", descending=[True, False])
        .group_by("community", maintain_order=True)
        .agg(pl.format("around {}", pl.col("name").first()).alias("leader"))
    )


def _names(members: pl.DataFrame, levels: pl.DataFrame) -> pl.DataFrame:
    """community, name: tags by how far their share in the community exceeds their share overall."""
    tagged = members.join(levels.select("account_id", "tag"), on="account_id")
    size = members.group_by("community").agg(pl.len().alias("size"))
    overall = tagged.group_by("tag").agg((pl.len() / max(1, members.height)).alias("overall"))
    ranked = (
        tagged.group_by("community", "tag")
        .agg(pl.len().alias("members"))
        .filter(pl.col("members") >= NAME_MEMBERS)
        .join(size, on="community")
        .join(overall, on="tag")
        .filter(
            ~pl.col("tag").map_elements(
                lambda tag: sensitive_matter(tag) is not None, return_dtype=pl.Boolean
            )
        )
        .with_columns((pl.col("members") / pl.col("size")).alias("share"))
        .with_columns((pl.col("share") * (pl.col("share") / pl.col("overall")).log()).alias("lift"))
        .filter(pl.col("lift") > 0)
        .sort(["community", "lift", "tag"], descending=[False, True, False])
    )
    return ranked.group_by("community", maintain_order=True).agg(
        pl.col("tag").head(NAME_TAGS).str.join(" · ").alias("name")
    )


def tracked_relations(edges: pl.DataFrame, tracked: pl.DataFrame) -> pl.DataFrame:
    """account_id, follows, engaged: names of tracked accounts that each account follows or interacted with."""
    hits = edges.join(tracked, left_on="dst", right_on="account_id").rename({"src": "account_id"})
    follows = pl.col("kind") == "follow"
    return hits.group_by("account_id").agg(
        pl.col("brand").filter(follows).unique().sort().alias("follows"),
        pl.col("brand").filter(~follows).unique().sort().alias("engaged"),
    )
