"""Items that rise together are one event: one row, named by its most surprising item."""

from __future__ import annotations

import hashlib
from typing import Any

import polars as pl

from nlp.rhythm import Hours

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "burst": pl.String,
    "kind": pl.String,
    "item": pl.String,
    "start": pl.Datetime("us", "UTC"),
    "peak": pl.Datetime("us", "UTC"),
    "end": pl.Datetime("us", "UTC"),
    "posts": pl.Int64,
    "expected": pl.Float64,
    "surprise": pl.Float64,
    "related": pl.List(pl.String),
}

TOGETHER = 4  # hours between starts of one event, where nothing is known of its posts
TAIL = 24  # hours after an item's burst whose posts still belong to the event
SHARED = 0.3  # share of an item's posts that must be the event's

PostsOf = dict[tuple[str, str, int], set[str]]


def crowds(
    risen: pl.DataFrame, postings: pl.DataFrame, hours: Hours, min_accounts: int
) -> tuple[pl.DataFrame, PostsOf]:
    """Keep the bursts that enough different people carry; give the posts of each (kind, item, first hour)."""
    posted = postings.join(
        risen.select("kind", "item").unique(), on=["kind", "item"], how="semi"
    ).with_columns(hour=hours.number(pl.col("at")))
    inside = posted.join(risen.select("kind", "item", "first", "last"), on=["kind", "item"]).filter(
        (pl.col("hour") >= pl.col("first")) & (pl.col("hour") < pl.col("last") + TAIL)
    )
    people = (
        inside.filter(pl.col("hour") < pl.col("last"))
        .group_by("kind", "item", "first")
        .agg(pl.col("account").n_unique().alias("people"))
        .filter(pl.col("people") >= min_accounts)
    )
    kept = risen.join(people, on=["kind", "item", "first"], how="semi", maintain_order="left")
    posts_of = {
        (kind, item, first): set(posts)
        for kind, item, first, posts in inside.group_by("kind", "item", "first").agg("post").iter_rows()
    }
    return kept, posts_of


def events(risen: pl.DataFrame, hours: Hours, posts_of: PostsOf | None) -> pl.DataFrame:
    """Join bursts to events, in order of surprise, and shape them as the table `bursts`."""
    found: list[dict[str, Any]] = []
    for row in risen.sort(["surprise", "kind", "item"], descending=[True, False, False]).iter_rows(
        named=True
    ):
        posts = set() if posts_of is None else posts_of.get((row["kind"], row["item"], row["first"]), set())
        event = _event_of(row, posts, found, known=posts_of is not None)
        if event is None:
            found.append({**row, "related": [], "union": posts})
        else:
            event["union"] |= posts
            if row["item"] != event["item"] and row["item"] not in event["related"]:
                event["related"].append(row["item"])
    rows = [
        (
            _id_of(event["kind"], event["item"], event["first"], hours),
            event["kind"],
            event["item"],
            hours.at(event["first"]),
            hours.at(event["peak"]),
            hours.at(event["last"]),
            event["posts"],
            event["expected"],
            event["surprise"],
            event["related"],
        )
        for event in found
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _event_of(
    row: dict[str, Any], posts: set[str], found: list[dict[str, Any]], known: bool
) -> dict[str, Any] | None:
    if not known:
        near = [event for event in found if abs(event["first"] - row["first"]) <= TOGETHER]
        return min(near, key=lambda event: abs(event["first"] - row["first"]), default=None)
    best, best_share = None, SHARED
    for event in found:
        overlaps = row["first"] < event["last"] + TAIL and event["first"] < row["last"] + TAIL
        if overlaps and posts:
            share = len(posts & event["union"]) / len(posts)
            if share >= best_share:
                best, best_share = event, share
    return best


def _id_of(kind: str, item: str, first: int, hours: Hours) -> str:
    name = f"{kind}\0{item}\0{hours.at(first).isoformat()}"
    return "b" + hashlib.sha256(name.encode()).hexdigest()[:16]
