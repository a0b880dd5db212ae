"""A made-up hot list: topics come and go by the hour; the words of a title and its first heat decide how far it goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

START = datetime(2026, 3, 1, tzinfo=UTC)
BIG = 1e6
PLACES = ("山城", "海港", "古镇", "新区", "北原", "南湖", "东岭", "西渡")
STRONG = ("突发大火", "决赛夺冠", "官宣结婚")
WEAK = ("开会通知", "天气多云", "食堂菜单", "公园花开", "路口改造", "图书上新")


def hot_list(days: int = 45, seed: int = 1, new_an_hour: int = 4) -> pl.DataFrame:
    """term, at, rank, volume, advert, category; 08 o'clock is never collected."""
    random = np.random.default_rng(seed)
    rows: list[tuple[str, int, float, str]] = []
    for hour in range(days * 24):
        for number in range(new_an_hour):
            strong = random.random() < 0.15
            words = random.choice(STRONG if strong else WEAK)
            title = f"{random.choice(PLACES)}{words}{hour}{number}"
            heat = 2e5 * float(np.exp(0.5 * random.normal()))
            peak = heat * float(np.exp((1.3 if strong else 0.1) + 0.5 * random.normal()))
            lasts = int(random.integers(1, 9))
            for step in range(lasts):
                shape = heat + (peak - heat) * step / max(lasts - 1, 1)
                rows.append((title, hour + step, shape, "社会-突发" if strong else "生活"))
    frame = pl.DataFrame(rows, schema=["term", "hour", "volume", "category"], orient="row")
    listed = frame.filter(pl.col("hour") < days * 24, pl.col("hour") % 24 != 0)  # 0 UTC is 8 in China
    return listed.select(
        "term",
        (pl.lit(START) + pl.duration(hours=pl.col("hour"))).cast(pl.Datetime("us", "UTC")).alias("at"),
        pl.col("volume").rank("ordinal", descending=True).over("hour").cast(pl.Int32).alias("rank"),
        "volume",
        pl.lit(False).alias("advert"),
        "category",
    )


def moment(hour: int) -> datetime:
    """The moment of an hour of the list."""
    return START + timedelta(hours=hour)
