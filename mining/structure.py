"""Edges to influence, communities and their names, and who follows or engages the tracked accounts."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from graph.communities import communities
from graph.influence import influence
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


def influence_table(edges: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """The ``influence`` table: PageRank over follows and decayed interactions."""
    return influence(edges, as_of=as_of).sort("account_id")


def community_table(edges: pl.DataFrame, levels: pl.DataFrame, seed: int = 7) -> pl.DataFrame:
    """The ``communities`` table: account_id, community ("c01" …, largest first), name from over-indexed tags."""
    found = communities(edges, seed=seed).drop_nulls("community")
    width = max(2, len(str(found["community"].n_unique())))
    named = found.select(
        "account_id",
        pl.format("c{}", (pl.col("community") + 1).cast(pl.String).str.zfill(width)).alias("community"),
    )
    return named.join(_names(named, levels), on="community", how="left").sort("account_id")


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
