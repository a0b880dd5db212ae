"""Profiles (one row an account) to persons (one document each), as the index holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from audience.engines.base import PersonDoc
from nlp.taxonomy import load_taxonomy

if TYPE_CHECKING:
    import polars as pl

COLUMNS = (
    "account_id",
    "person_id",
    "source",
    "kind",
    "public",
    "name",
    "listable",
    "region",
    "last_active_at",
    "followers",
    "activity",
    "tags",
    "intents",
    "topics",
    "follows",
    "engaged",
    "community",
    "influence",
    "terms",
    "hours",
    "words",
)
_LISTS = {"topic": "topics", "intent": "intents", "follows": "follows", "engaged": "engaged", "term": "terms"}
_SCALARS = ("source", "region", "community", "kind")
_BATCH = 20_000


def persons(profiles: pl.DataFrame, is_sensitive: Callable[[str], bool]) -> Iterator[PersonDoc]:
    """Persons in order of standing: influence, then last activity (both falling), then id.

    Tags, topics, terms and brands that ``is_sensitive`` says True to are left out: nobody may be found by them.
    """
    import polars as pl

    whole = profiles.with_columns(
        pl.col("influence").max().over("person_id").fill_null(0).alias("_influence"),
        pl.col("last_active_at").max().over("person_id").alias("_active"),
    ).sort(
        ["_influence", "_active", "person_id", "account_id"],
        descending=[True, True, False, False],
        nulls_last=True,
    )
    parent_of = load_taxonomy().parent_of
    group: list[dict[str, Any]] = []
    for start in range(0, whole.height, _BATCH):
        for row in whole.slice(start, _BATCH).iter_rows(named=True):
            if group and row["person_id"] != group[0]["person_id"]:
                yield _person(group, parent_of, is_sensitive)
                group = []
            group.append(row)
    if group:
        yield _person(group, parent_of, is_sensitive)


def _person(rows: list[dict[str, Any]], parent_of: Any, is_sensitive: Callable[[str], bool]) -> PersonDoc:
    levels, evidence = _levels(rows, is_sensitive)
    parents: dict[str, int] = {}
    for tag, level in levels.items():
        parent = parent_of.get(tag)
        if parent is not None:
            parents[parent] = max(level, parents.get(parent, 0))
    values: dict[str, list[str]] = {"tag": list(levels), "parent": list(parents)}
    for name in _SCALARS:
        values[name] = list(dict.fromkeys(row[name] for row in rows if row[name]))
    for field, column in _LISTS.items():
        merged = dict.fromkeys(value for row in rows for value in row[column] or ())
        values[field] = [value for value in merged if not is_sensitive(value)]
    values["hour"] = sorted({f"{hour:02d}" for row in rows for hour in row["hours"] or ()})
    seen = [row for row in rows if row["last_active_at"] is not None]
    latest = max(seen, key=lambda row: row["last_active_at"], default=rows[0])
    values["activity"] = [latest["activity"]] if latest["activity"] else []
    followers = [row["followers"] for row in rows if row["followers"] is not None]
    return PersonDoc(
        person_id=rows[0]["person_id"],
        accounts=[row["account_id"] for row in rows],
        # One account that is not to be listed keeps the person off every list: its data is part of the row.
        listable=all(row["listable"] for row in rows),
        name=next((row["name"] for row in rows if row["public"] and row["name"]), None),
        values=values,
        levels=levels,
        parent_levels=parents,
        evidence=evidence,
        influence=max(row["influence"] or 0 for row in rows),
        followers=max(followers, default=None),
        last_active=int(latest["last_active_at"].timestamp()) if seen else None,
        words=[row["words"] for row in rows if row["words"]],
    )


def _levels(
    rows: list[dict[str, Any]], is_sensitive: Callable[[str], bool]
) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Each tag's highest level over the accounts, and the posts behind it; the strongest tag first."""
    found: dict[str, int] = {}
    evidence: dict[str, list[str]] = {}
    for row in rows:
        for entry in row["tags"] or ():
            tag = entry["tag"]
            if not is_sensitive(tag):
                found[tag] = max(found.get(tag, 0), entry["level"])
                evidence.setdefault(tag, []).extend(entry["evidence"] or ())
    ordered = sorted(found, key=lambda tag: (-found[tag], tag))
    return {tag: found[tag] for tag in ordered}, {tag: evidence[tag][:3] for tag in ordered}
