"""Give topics of hot lists the category that their source left out, learned from topics that have one."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from lake.categories import CATEGORY_COLUMNS, CategoryModel, write_models
from lake.early import board_sources
from lake.schemas import TERM_CATEGORIES
from lake.store import Lake
from mining.dictionary import words_in_force
from nlp.listed_topics import listed_topics
from nlp.segment import Segmenter
from nlp.topic_categories import TooFewCategoriesError, TopicCategories
from privacy.errors import BadInputError
from privacy.home import Home


def fill_categories(home: Home, say: Callable[[str], None] = lambda text: None) -> list[CategoryModel]:
    """Learn the categories of every hot list, and write the table `term_categories`: given and filled in, a row a topic.

    A list whose topics have too few categories to learn from keeps those that it has. Raises BadInputError where there is no
    hot list, or none with enough of them.
    """
    lake = Lake(home)
    sources = board_sources(lake)
    if not sources:
        raise BadInputError(
            "no hot list was collected by the hour",
            "collect one: renqun crawl hotlist, or renqun import weibo-hot FOLDER",
        )
    segmenter = Segmenter(words_in_force(home))
    learned, short, tables = [], [], []
    for source in sources:
        say(f"categories of {source}")
        topics = _topics(lake, source)
        given = topics.filter(pl.col("category").is_not_null())
        rows = given.select("term", "category", pl.lit(None, dtype=pl.Float32).alias("probability"))
        try:
            model = TopicCategories(segmenter).fit(topics)
        except TooFewCategoriesError as few:
            short.append(f"{source}: {few}")
        else:
            filled = model.judge(topics.filter(pl.col("category").is_null()))
            rows = pl.concat([rows, filled])
            learned.append(_described(source, model, filled.height))
        tables.append(rows.with_columns(pl.lit(source).alias("source")))
    if not learned:
        raise BadInputError(
            f"too few topics have a category to learn from ({'; '.join(short)})",
            "go on collecting a list that gives categories, or import its history",
        )
    found = pl.concat(tables).select(TERM_CATEGORIES.schema.names)
    lake.replace("term_categories", found.to_arrow().cast(TERM_CATEGORIES.schema))
    write_models(home, learned)
    return learned


def _topics(lake: Lake, source: str) -> pl.DataFrame:
    where = (pl.col("source") == source) & (pl.col("grain") == "hour") & pl.col("rank").is_not_null()
    board = lake.read("keywords", columns=[*CATEGORY_COLUMNS, "source", "grain"], where=where)
    return listed_topics(board.select(CATEGORY_COLUMNS))


def _described(source: str, model: TopicCategories, filled: int) -> CategoryModel:
    check = model.check
    return CategoryModel(
        source=source,
        learned_until=model.until,
        topics=model.topics,
        classes=model.classes,
        checked_since=check.since,
        checked_topics=check.topics,
        right=check.right,
        usual=check.usual,
        filled=filled,
    )
