"""Categories of hot topics are learned from those that have one, checked on later ones, and told with a chance."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from nlp.listed_topics import listed_topics, numbers
from nlp.topic_categories import TooFewCategoriesError, TopicCategories
from tests.nlp.categorised_list import START, categorised_list


@pytest.fixture(scope="module")
def board() -> tuple[pl.DataFrame, dict[str, str]]:
    return categorised_list()


@pytest.fixture(scope="module")
def model(board: tuple[pl.DataFrame, dict[str, str]]) -> TopicCategories:
    return TopicCategories().fit(listed_topics(board[0]))


def test_topics_without_a_category_get_that_of_their_like(
    model: TopicCategories, board: tuple[pl.DataFrame, dict[str, str]]
) -> None:
    topics = listed_topics(board[0])
    blank = topics.filter(pl.col("category").is_null())
    assert blank.height > 150
    judged = model.judge(blank)
    assert judged["term"].to_list() == blank["term"].to_list()
    right = np.mean([board[1][term] == told for term, told in judged.select("term", "category").iter_rows()])
    assert right > 0.95
    assert model.classes == ["体育", "美食", "财经"]
    assert model.topics == topics["category"].count()
    assert model.check.accuracy > 0.9 > model.check.usual
    assert model.check.topics == pytest.approx(model.topics * 0.2, abs=1)
    assert START < model.check.since < model.until


def test_chances_sum_to_one_and_fall_where_words_say_nothing(
    model: TopicCategories, board: tuple[pl.DataFrame, dict[str, str]]
) -> None:
    some = listed_topics(board[0]).head(20)
    told = model.chances(some)
    np.testing.assert_allclose(told.sum(axis=1), 1.0, rtol=1e-4)
    unclear = model.chances(
        some.with_columns(pl.lit("某某某某").alias("term"), pl.lit("").alias("description"))
    )
    assert unclear.max(axis=1).mean() < told.max(axis=1).mean()
    assert model.chances(some.clear()).shape == (0, 3)
    assert model.judge(some.clear()).height == 0
    alone = np.vstack([model.chances(some[at : at + 1]) for at in range(some.height)])
    np.testing.assert_allclose(alone, told, atol=1e-4)


def test_the_same_topics_give_the_same_model(
    model: TopicCategories, board: tuple[pl.DataFrame, dict[str, str]]
) -> None:
    topics = listed_topics(board[0])
    again = TopicCategories().fit(topics)
    assert again.judge(topics)["category"].equals(model.judge(topics)["category"])
    assert again.check == model.check


@pytest.mark.parametrize("case", ["few topics", "one category", "no category"])
def test_too_little_to_learn_from_is_refused(board: tuple[pl.DataFrame, dict[str, str]], case: str) -> None:
    topics = listed_topics(board[0])
    few = {
        "few topics": topics.head(300),
        "one category": topics.with_columns(pl.lit("体育").alias("category")),
        "no category": topics.with_columns(pl.lit(None, dtype=pl.String).alias("category")),
    }[case]
    with pytest.raises(TooFewCategoriesError, match="too few to learn from"):
        TopicCategories().fit(few)


def test_a_topic_is_one_row_with_its_first_and_its_best_hour() -> None:
    def row(term: str, hour: int, rank: int | None, volume: float, **said: object) -> dict[str, object]:
        at = START + timedelta(hours=hour)
        usual = {
            "advert": False,
            "category": None,
            "description": None,
            "reads": None,
            "discussions": None,
            "originals": 5,
        }
        return {"term": term, "at": at, "rank": rank, "volume": volume, **usual, **said}

    rows = [
        row("甲", 3, 9, 5.0, category=" 明星 -内地", description="旧"),
        row("甲", 1, 20, 2.0),
        row("甲", 7, 30, 1.0, description="新", reads=900),
        row("乙", 2, 1, 9.0, category=""),
        row("丙", 2, 3, 4.0),
        row("丙", 3, 3, 4.0, advert=True, category="财经"),
        row("丁", 4, None, 0.0, advert=None),
    ]
    topics = listed_topics(pl.DataFrame(rows, infer_schema_length=None))
    assert topics["term"].to_list() == ["甲", "乙", "丁"]
    first = topics.row(0, named=True)
    assert (first["category"], first["description"], first["hours"]) == ("明星", "新", 3)
    assert (first["rank"], first["best"], first["volume"], first["highest"]) == (20, 9, 2.0, 5.0)
    assert (first["reads"], first["discussions"], first["originals"]) == (900, None, 5)
    assert topics["category"].to_list()[1:] == [None, None]
    table = numbers(topics)
    assert table.shape[0] == 3
    assert np.isfinite(table).all()
    assert numbers(topics.clear()).shape == (0, table.shape[1])
