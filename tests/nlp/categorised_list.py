"""A made-up hot list whose topics belong to categories by their words, their hours and how long they stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

START = datetime(2026, 3, 1, tzinfo=UTC)
KINDS = {
    "体育": ("决赛", "夺冠", "球队", "主场", "进球", "教练"),
    "财经": ("股价", "降息", "财报", "基金", "油价", "关税"),
    "美食": ("火锅", "面馆", "甜品", "早茶", "烧烤", "菜谱"),
}
PLACES = ("山城", "海港", "古镇", "新区", "北原", "南湖", "东岭", "西渡")


def categorised_list(
    topics: int = 900, seed: int = 3, unnamed: float = 0.3
) -> tuple[pl.DataFrame, dict[str, str]]:
    """A board (term, at, rank, volume, advert, category, description), and the category of every topic.

    A share of the topics has no category on the board.
    """
    random = np.random.default_rng(seed)
    rows: list[tuple[object, ...]] = []
    truth: dict[str, str] = {}
    for number in range(topics):
        kind = str(random.choice(list(KINDS)))
        one, two, three = (str(word) for word in random.choice(KINDS[kind], 3, replace=False))
        title = f"{random.choice(PLACES)}{one}{two}{number}"
        said = f"{one}之后又是{three}" if random.random() < 0.5 else None
        truth[title] = kind
        named = f"{kind}-要闻" if random.random() >= unnamed else None
        for hour in range(int(random.integers(1, 5))):
            at = START + timedelta(hours=number // 3 + hour)
            volume = float(random.uniform(1e5, 9e5))
            rows.append(
                (title, at, int(random.integers(1, 50)), volume, False, named, said, 20 * number or None)
            )
    board = pl.DataFrame(
        rows,
        schema={
            "term": pl.String, "at": pl.Datetime("us", "UTC"), "rank": pl.Int32, "volume": pl.Float64,
            "advert": pl.Boolean, "category": pl.String, "description": pl.String,
            "reads": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    board = board.with_columns(discussions=pl.col("reads") // 10, originals=pl.lit(None, dtype=pl.Int64))
    return board, truth
