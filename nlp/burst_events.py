"""Items that rise together are one event: one row, named by its most surprising item."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
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
EVENT_POSTS = 12  # posts of an event, its tail included: fewer are a thread of replies, not a burst
SHARED = 0.3  # share of an item's posts that must be the event's
# An event carries the hashtag whose surprise reaches this part of its strongest item's.
HASHTAG_NAMES = 0.6


@dataclass(frozen=True, slots=True)
class Crowd:
    """The posts of an item's burst and its tail; of the burst itself, its posts (``core``) and accounts."""

    posts: set[Any]
    core: set[Any]
    accounts: set[Any]


Crowds = dict[tuple[str, str, int], Crowd]  # by kind, item and first hour


def crowds(risen: pl.DataFrame, postings: pl.DataFrame, hours: Hours) -> Crowds:
    """Look up who carried each burst."""
    posted = postings.join(
        risen.select("kind", "item").unique(), on=["kind", "item"], how="semi"
    ).with_columns(hour=hours.number(pl.col("at")))
    inside = posted.join(risen.select("kind", "item", "first", "last"), on=["kind", "item"]).filter(
        (pl.col("hour") >= pl.col("first")) & (pl.col("hour") < pl.col("last") + TAIL)
    )
    grouped = inside.group_by("kind", "item", "first").agg(
        "post", pl.col("post", "account").filter(pl.col("hour") < pl.col("last")).name.prefix("burst_")
    )
    return {
        (kind, item, first): Crowd(set(posts), set(core), set(accounts))
        for kind, item, first, posts, core, accounts in grouped.iter_rows()
    }


def united(risen: pl.DataFrame) -> pl.DataFrame:
    """Make one burst of an item's bursts that overlap or nearly follow each other, as in several sources at once.

    Their posts, expectations and surprises add up (the sources are independent); the peak is the larger one's.
    """
    ordered = risen.sort("kind", "item", "first", "last")
    so_far = pl.col("last").cum_max().shift(1).over("kind", "item")
    apart = so_far.is_null() | (pl.col("first") > so_far + TOGETHER)
    return (
        ordered.with_columns(apart.cum_sum().alias("part"))
        .group_by("part", "kind", "item", maintain_order=True)
        .agg(
            pl.col("first").min(),
            pl.col("last").max(),
            pl.col("peak").sort_by("posts", descending=True).first(),
            pl.col("posts", "expected", "surprise").sum(),
        )
        .drop("part")
    )


def events(risen: pl.DataFrame, hours: Hours, known: Crowds | None, min_accounts: int) -> pl.DataFrame:
    """Join bursts to events, in order of surprise, and shape them as the table `bursts`.

    With `known` crowds, events of fewer than `min_accounts` different people or `EVENT_POSTS` posts are left out.
    """
    found: list[dict[str, Any]] = []
    for row in risen.sort(["surprise", "kind", "item"], descending=[True, False, False]).iter_rows(
        named=True
    ):
        crowd = (known or {}).get((row["kind"], row["item"], row["first"]), Crowd(set(), set(), set()))
        event = _event_of(row, found) if known is None else _event_with(row, crowd, found)
        if event is None:
            event = {**row, "related": [], "hashtag": None, "crowd": Crowd(set(), set(), set())}
            found.append(event)
        elif row["item"] != event["item"] and row["item"] not in event["related"]:
            event["related"].append(row["item"])
        if event["hashtag"] is None and _names(row, event):
            event["hashtag"] = row["item"]
        event["crowd"].posts.update(crowd.posts)
        event["crowd"].accounts.update(crowd.accounts)
    kept = [event for event in found if known is None or _is_crowd(event["crowd"], min_accounts)]
    return pl.DataFrame([_row_of(event, hours) for event in kept], schema=SCHEMA, orient="row")


def _is_crowd(crowd: Crowd, min_accounts: int) -> bool:
    return len(crowd.accounts) >= min_accounts and len(crowd.posts) >= EVENT_POSTS


def _names(row: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether a hashtag rose nearly as much as the event's strongest item: people named the event by it."""
    return str(row["item"]).startswith("#") and bool(row["surprise"] >= HASHTAG_NAMES * event["surprise"])


def _row_of(event: dict[str, Any], hours: Hours) -> tuple[Any, ...]:
    start = hours.at(event["first"])
    item, related = event["hashtag"] or event["item"], event["related"]
    if item != event["item"]:
        related = [event["item"], *(other for other in related if other != item)]
    name = f"{event['kind']}\0{item}\0{start.isoformat()}"
    return (
        "b" + hashlib.sha256(name.encode()).hexdigest()[:16],
        event["kind"],
        item,
        start,
        hours.at(event["peak"]),
        hours.at(event["last"]),
        event["posts"],
        event["expected"],
        event["surprise"],
        related,
    )


def _event_of(row: dict[str, Any], found: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The event that began nearest in time, where nothing is known of the posts."""
    near = [event for event in found if abs(event["first"] - row["first"]) <= TOGETHER]
    return min(near, key=lambda event: abs(event["first"] - row["first"]), default=None)


def _event_with(row: dict[str, Any], crowd: Crowd, found: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The event that shares most of the posts, or, for a word in common use, of those beyond the usual."""
    best, best_share = None, SHARED
    beyond = max(1.0, len(crowd.core) - row["expected"])
    for event in found:
        overlaps = row["first"] < event["last"] + TAIL and event["first"] < row["last"] + TAIL
        if overlaps and crowd.posts:
            whole = len(crowd.posts & event["crowd"].posts) / len(crowd.posts)
            share = max(whole, len(crowd.core & event["crowd"].posts) / beyond)
            if share >= best_share:
                best, best_share = event, share
    return best
