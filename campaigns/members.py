"""Whom a campaign is about: the people of a query, or of a list such as a lookalike, with what is known of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from audience.disclosure.group import group_of
from audience.index.people import united
from audience.listable import not_listable
from audience.named.finder import find_each
from audience.named.lists import Row, read_csv
from lake.persons import known_people
from lake.store import Lake
from privacy.disclosure import Disclosure
from privacy.errors import BadInputError, ForbiddenError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

_SCORES = {"score": "score", "similarity": "score", "相似度": "score", "得分": "score"}
_LEVELS = ((7, "7-10"), (4, "4-6"), (1, "1-3"))
_TAGS = 10  # strongest interests that are kept of each person
TRAITS: dict[str, pl.DataType | type[pl.DataType]] = {
    "person_id": pl.String,
    "region": pl.String,
    "source": pl.String,
    "activity": pl.String,
    "customer": pl.String,
    "value": pl.String,
    "level": pl.String,  # of the strongest interest: 1-3, 4-6 or 7-10
    "influence": pl.String,  # top quarter of everybody (p75), upper half (p50), or below
    "propensity": pl.Float64,
    "tags": pl.List(pl.Struct({"tag": pl.String, "level": pl.Int64})),
}


Asked: TypeAlias = str | Path | Sequence[Row]


@dataclass(frozen=True, slots=True)
class Audience:
    """People as they were found: ``label`` is the query or the file's name, ``people`` person_id and score (or null).

    ``not_listable`` is how many more there are who may be counted, but not listed (exact).
    """

    label: str
    people: pl.DataFrame
    not_listable: int

    @property
    def persons(self) -> list[str]:
        """Their person ids, in the order they were found."""
        return self.people["person_id"].to_list()


def audience_of(home: Home, asked: Asked, disclosure: Disclosure) -> Audience:
    """The people of a query (text), or of a list (a file: CSV that names people, or the JSON of ``lookalike``; or rows).

    Only people who may be listed are in it. Raises ForbiddenError for fewer than k, BadInputError for a file that is
    no list of people, and what a search raises.
    """
    if isinstance(asked, str):
        group = group_of(home, asked, disclosure)
        if group.hidden:
            raise ForbiddenError(f"this audience may not be used: {group.hidden}", "widen the query")
        scores: list[float | None] = [None] * len(group.persons)
        unlisted = not_listable(home, asked, len(scores), disclosure)
        return Audience(group.query, _frame(group.persons, scores), unlisted)
    label = asked.name if isinstance(asked, Path) else f"a list of {len(asked):,}"
    listed = _listed(home, asked) if isinstance(asked, Path) else _of_rows(home, asked)
    people = _listable(home, listed)
    if disclosure.hidden(people.height):
        raise ForbiddenError(
            f"{label} names fewer than {disclosure.k} people who are known and may be listed",
            "check that the accounts were collected and mined",
        )
    return Audience(label, people, listed.height - people.height)


def traits_of(home: Home, persons: list[str]) -> pl.DataFrame:
    """What is known of each of these people, in the columns of TRAITS and their order; sensitive matters left out."""
    lake = Lake(home)
    asked = pl.DataFrame({"person_id": persons}, schema={"person_id": pl.String})
    profiles = lake.read("profiles").join(asked, on="person_id", how="semi")
    people = united(profiles, lambda value: sensitive_matter(value) is not None)
    worth = lake.read("value", ["person_id", "propensity"])
    level = pl.col("tags").list.eval(pl.element().struct.field("level")).list.max()
    found = people.select(
        "person_id",
        _plain(people["regions"].list.first()).alias("region"),
        pl.col("sources").list.first().alias("source"),
        *("activity", "customer", "value"),
        pl.coalesce(*(pl.when(level >= low).then(pl.lit(name)) for low, name in _LEVELS)).alias("level"),
        pl.when(pl.col("influence") >= 75)
        .then(pl.lit("p75"))
        .when(pl.col("influence") >= 50)
        .then(pl.lit("p50"))
        .otherwise(pl.lit("below"))
        .alias("influence"),
        pl.col("tags")
        .list.head(_TAGS)
        .list.eval(pl.struct(*map(pl.element().struct.field, ("tag", "level")))),
    ).join(worth, on="person_id", how="left")
    known = asked.join(found, on="person_id", how="left", maintain_order="left")
    return known.select(pl.col(name).cast(kind) for name, kind in TRAITS.items())


def _listed(home: Home, path: Path) -> pl.DataFrame:
    """person_id, score of the people that a file names, each once, the best score first where it has any."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path.name} can't be read: {error.strerror}", "look at the path") from error
    if content.lstrip()[:1] == b"{":
        return _candidates(content, path.name)
    return _of_rows(home, list(read_csv(content, _SCORES, what=path.name)))


def _of_rows(home: Home, rows: Sequence[Row]) -> pl.DataFrame:
    person_of = dict(known_people(Lake(home)).iter_rows())
    persons: list[str] = []
    scores: list[float | None] = []
    for row, (outcome, accounts) in zip(rows, find_each(home, rows), strict=True):
        if outcome == "resolved" and accounts[0] in person_of:
            persons.append(person_of[accounts[0]])
            scores.append(_number(row.get("score", "")))
    return _frame(persons, scores).unique("person_id", keep="first", maintain_order=True)


def _candidates(content: bytes, name: str) -> pl.DataFrame:
    try:
        rows: list[dict[str, Any]] = json.loads(content)["candidates"]
        return _frame([row["person_id"] for row in rows], [float(row["similarity"]) for row in rows])
    except (ValueError, KeyError, TypeError) as error:
        raise BadInputError(
            f"{name} is not the JSON of a lookalike", "make it with: renqun lookalike SEEDS --json > FILE"
        ) from error


def _listable(home: Home, people: pl.DataFrame) -> pl.DataFrame:
    listable = (
        Lake(home)
        .read("profiles", ["person_id", "listable"])
        .group_by("person_id")
        .agg(pl.col("listable").fill_null(False).all())
        .filter("listable")
    )
    return people.join(listable, on="person_id", how="semi", maintain_order="left")


def _frame(persons: list[str], scores: list[float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {"person_id": persons, "score": scores}, schema={"person_id": pl.String, "score": pl.Float64}
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _plain(said: pl.Series) -> pl.Series:
    """Without values that name a sensitive matter."""
    matters = [value for value in said.drop_nulls().unique() if sensitive_matter(value) is not None]
    return pl.select(pl.when(~said.is_in(matters)).then(said)).to_series() if matters else said
