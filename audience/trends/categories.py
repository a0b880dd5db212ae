"""What hot lists are about: categories that their sources gave, and those filled in from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from audience.trends.category_answers import CategoriesAnswer, CategoryCheck, CategoryShare, CategoryTopic
from audience.trends.demand import hot_lists, latest_demand
from audience.window import window
from graph.intervals import wilson
from lake.categories import CATEGORY_COLUMNS, CategoryModel, read_models
from lake.store import Lake
from nlp.listed_topics import listed_topics
from privacy.disclosure import Role, require
from privacy.errors import BadInputError
from privacy.home import Home

MAX_LIMIT = 1_000


def categories(
    home: Home,
    category: str | None = None,
    since: str | datetime = "30d",
    until: str | datetime | None = None,
    source: str | None = None,
    limit: int = 10,
    role: Role = Role.ANALYST,
) -> CategoriesAnswer:
    """Categories of the topics that hot lists showed between two moments, and with ``category`` its topics. Role: analyst.

    A topic whose source says no category has the one that `renqun mine --categories` filled in, if that ran since.

    Raises:
        BadInputError: no hot list, an unknown source or category, or a window or limit out of bounds.
    """
    require(role, Role.ANALYST)
    if not 1 <= limit <= MAX_LIMIT:
        raise BadInputError(f"limit is 1 to {MAX_LIMIT:,}")
    lake = Lake(home)
    asked = hot_lists(lake, source)
    start, end = window(since, until, latest_demand(lake))
    topics = pl.concat([_topics(lake, name, start, end) for name in asked])
    shares = _shares(topics)
    if category is not None and category not in {one.category for one in shares}:
        there = f"there are {', '.join(one.category for one in shares)}" if shares else "none is known there"
        raise BadInputError(f"no topic of that time has the category {category!r}", there)
    models = read_models(home)
    return CategoriesAnswer(
        since=start,
        until=end,
        categories=shares[:limit] if category is None else [o for o in shares if o.category == category],
        topics=[] if category is None else _of(topics, category, limit),
        unknown=topics["category"].null_count(),
        models=[_described(models[name]) for name in asked if name in models],
        warnings=_warnings(topics, models),
    )


def _topics(lake: Lake, source: str, start: datetime, end: datetime) -> pl.DataFrame:
    """source, term, first, highest, category, probability of a list's topics; both null where nothing is known."""
    of_source = (pl.col("source") == source) & (pl.col("grain") == "hour") & pl.col("rank").is_not_null()
    within = of_source & (pl.col("at") >= start) & (pl.col("at") < end)
    board = lake.read("keywords", columns=[*CATEGORY_COLUMNS, "source", "grain"], where=within)
    filled = lake.read("term_categories", where=pl.col("source") == source).select(
        "term", pl.col("category").alias("learned"), "probability"
    )
    topics = listed_topics(board.select(CATEGORY_COLUMNS)).join(filled, on="term", how="left")
    given = pl.col("category").is_not_null()
    return topics.select(
        pl.lit(source).alias("source"),
        "term",
        "first",
        "highest",
        pl.coalesce("category", "learned").alias("category"),
        pl.when(given).then(None).otherwise(pl.col("probability")).alias("probability"),
    )


def _shares(topics: pl.DataFrame) -> list[CategoryShare]:
    known = topics.drop_nulls("category")
    counted = known.group_by("category").agg(pl.len(), pl.col("probability").count().alias("filled"))
    return [
        CategoryShare(
            category=name,
            topics=many,
            share=round(many / known.height, 4),
            given=many - filled,
            filled=filled,
        )
        for name, many, filled in counted.sort(["len", "category"], descending=[True, False]).iter_rows()
    ]


def _of(topics: pl.DataFrame, category: str, limit: int) -> list[CategoryTopic]:
    rows = topics.filter(pl.col("category") == category)
    rows = rows.sort(["highest", "term"], descending=[True, False], nulls_last=True).head(limit)
    return [
        CategoryTopic(
            term=row["term"],
            source=row["source"],
            first_seen=row["first"],
            highest=row["highest"],
            probability=None if row["probability"] is None else round(row["probability"], 4),
        )
        for row in rows.to_dicts()
    ]


def _described(model: CategoryModel) -> CategoryCheck:
    low, high = wilson(model.right, model.checked_topics)
    return CategoryCheck(
        source=model.source,
        learned_until=model.learned_until,
        topics=model.topics,
        categories=len(model.classes),
        checked_since=model.checked_since,
        checked_topics=model.checked_topics,
        accuracy=round(model.right / model.checked_topics, 4),
        accuracy_low=round(low, 4),
        accuracy_high=round(high, 4),
        usual=round(model.usual, 4),
    )


def _warnings(topics: pl.DataFrame, models: Mapping[str, CategoryModel]) -> list[str]:
    """A line for each list that has topics without a category."""
    blank = topics.filter(pl.col("category").is_null()).group_by("source").len().sort("source")
    learned = "learned before they came: renqun mine --categories"
    never = "where enough other topics have one, renqun mine --categories fills them in"
    return [
        f"{many:,} topics of {source} have no category; {learned if source in models else never}"
        for source, many in blank.iter_rows()
    ]
