"""Who is in which version of a segment: snapshots in the lake."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from audience.segments.records import all_of
from lake.schemas import SEGMENT_MEMBERS
from lake.store import Lake
from lake.upkeep import strike
from privacy.home import Home

# Versions whose members are kept.
KEPT = 10


def members_of(home: Home, name: str, version: int) -> pl.Series:
    """The person ids of one version, as persons are told apart today; those withheld since are not among them."""
    where = (pl.col("segment") == name) & (pl.col("version") == version)
    lake = Lake(home)
    return _as_today(lake, lake.read("segment_members", ["person_id"], where))["person_id"]


def keep_members(home: Home, name: str, version: int, at: datetime, people: pl.Series) -> None:
    """Write a version's members in place of those that an attempt before left, and drop those of versions long past."""
    strike(home, "segment_members", f"{_of(name)} AND (version >= {version} OR version <= {version - KEPT})")
    rows = pl.DataFrame({"person_id": people}).select(
        pl.lit(name).alias("segment"),
        pl.lit(version, pl.Int64).alias("version"),
        "person_id",
        pl.lit(at).alias("collected_at"),
    )
    Lake(home).append({"segment_members": rows.to_arrow().cast(SEGMENT_MEMBERS.schema)})


def forget_members(home: Home, name: str) -> None:
    """Drop every version of a segment."""
    strike(home, "segment_members", _of(name))


def frozen_terms(home: Home) -> pl.DataFrame:
    """person_id, segment: ``NAME@version`` for each frozen segment that a person is in, as the index holds it.

    A version that is being computed is among them beside the one in use, so that a switch finds both.
    """
    frozen = pl.DataFrame(
        [(record.name, record.indexed) for record in all_of(home) if record.frozen],
        schema={"segment": pl.String, "indexed": pl.Int64},
        orient="row",
    )
    lake = Lake(home)
    members = lake.read("segment_members", ["segment", "version", "person_id"])
    return (
        _as_today(lake, members)
        .join(frozen, on="segment")
        .filter(pl.col("version") >= pl.col("indexed"))
        .select("person_id", pl.format("{}@{}", "segment", "version").alias("segment"))
    )


def _as_today(lake: Lake, members: pl.DataFrame) -> pl.DataFrame:
    """Members by today's ``person_id``, each once: who was linked to another account since is found under that name."""
    others = pl.col("person_id") != pl.col("account_id")
    linked = lake.read("profiles", ["account_id", "person_id"], others).rename({"person_id": "today"})
    return (
        members.join(linked, left_on="person_id", right_on="account_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("today", "person_id").alias("person_id"))
        .drop("today")
        .unique(maintain_order=True)
    )


def _of(name: str) -> str:
    quoted = name.replace("'", "''")
    return f"segment = '{quoted}'"
