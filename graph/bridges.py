"""Accounts that join communities, and how close communities are to each other."""

from __future__ import annotations

import polars as pl

BRIDGES = {
    "account_id": pl.String,
    "community": pl.String,
    "participation": pl.Float64,
    "reaches": pl.List(pl.String),
    "weight": pl.Float64,
}
CLOSENESS = {"a": pl.String, "b": pl.String, "weight": pl.Float64, "pairs": pl.Int64, "expected": pl.Float64}


def bridges(pairs: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Accounts by how evenly their ties go to several communities, those with most weight outside first.

    ``pairs``: a, b, weight (undirected, each pair once); ``groups``: account_id, community. ``participation`` is
    1 - sum over communities of (share of the ties)^2 (R. Guimerà and L. Amaral, "Functional cartography of complex
    metabolic networks", Nature 433, 2005): 0 where all ties lie in one. ``reaches`` lists the communities other than
    their own, the strongest first; ``weight`` is what goes there. Accounts without such ties are left out.
    """
    own = groups.select("account_id", "community")
    ties = pl.concat([pairs.select("a", "b", "weight"), pairs.select(a="b", b="a", weight="weight")])
    toward = (
        ties.join(own.rename({"account_id": "b", "community": "to"}), on="b")
        .group_by("a", "to")
        .agg(pl.col("weight").sum())
        .join(own.rename({"account_id": "a", "community": "own"}), on="a")
        .with_columns((pl.col("weight") / pl.col("weight").sum().over("a")).alias("share"))
        .sort("a", "weight", "to", descending=[False, True, False])
    )
    outside = pl.col("to") != pl.col("own")
    return (
        toward.group_by("a", maintain_order=True)
        .agg(
            pl.col("own").first().alias("community"),
            (1.0 - (pl.col("share") ** 2).sum()).alias("participation"),
            pl.col("to").filter(outside).alias("reaches"),
            pl.col("weight").filter(outside).sum().alias("weight"),
        )
        .rename({"a": "account_id"})
        .filter(pl.col("weight") > 0)
        .sort(pl.col("participation") * pl.col("weight"), "account_id", descending=[True, False])
        .select(BRIDGES.keys())
        .cast(BRIDGES)  # type: ignore[arg-type]
    )


def closeness(pairs: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Weight between every two communities that are joined (a < b), and what chance alone would put there.

    ``expected`` is that of the configuration model: the product of both communities' strengths over the total.
    """
    own = groups.select("account_id", "community")
    ends = (
        pairs.join(own.rename({"account_id": "a", "community": "of_a"}), on="a")
        .join(own.rename({"account_id": "b", "community": "of_b"}), on="b")
        .select(
            a=pl.min_horizontal("of_a", "of_b"), b=pl.max_horizontal("of_a", "of_b"), weight=pl.col("weight")
        )
    )
    strength = (
        pl.concat([ends.select(c="a", w="weight"), ends.select(c="b", w="weight")])
        .group_by("c")
        .agg(pl.col("w").sum())
    )
    total = 2.0 * float(ends["weight"].sum() or 0.0)
    return (
        ends.filter(pl.col("a") != pl.col("b"))
        .group_by("a", "b")
        .agg(pl.col("weight").sum(), pl.len().cast(pl.Int64).alias("pairs"))
        .join(strength.rename({"c": "a", "w": "of_a"}), on="a")
        .join(strength.rename({"c": "b", "w": "of_b"}), on="b")
        .with_columns((pl.col("of_a") * pl.col("of_b") / (total or 1.0)).alias("expected"))
        .sort("weight", "a", "b", descending=[True, False, False])
        .select(CLOSENESS.keys())
        .cast(CLOSENESS)  # type: ignore[arg-type]
    )
