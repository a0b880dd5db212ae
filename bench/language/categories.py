"""The category that Weibo gives its hot topics, learned from four fifths and judged on the fifth after them.

Topics with a category of 250 topics or more (23 of them, as far as the dash), without adverts and without 其他, ordered by
first hour: the rows on which the floor was measured. The categories of the last fifth are hidden; their texts, like those of
topics without any category, are among those that word vectors and latent dimensions are learned from, as where a
list is filled up. Beside the text, the hours, ranks and heats of the list and the counts of
the topic's page are used, all of them as last seen: a category is filled in afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import numpy as np
import polars as pl
from sklearn.metrics import f1_score

from bench.bootstrap import interval, mean_interval
from bench.data import shared
from bench.figures import Figure, Say
from nlp.listed_topics import COUNTS, listed_topics
from nlp.topic_categories import TopicCategories

TASK = "categories"
GOAL = 0.75
PEER = "character SVM"
FLOOR, FLOOR_F1 = 0.729, 0.410
_LEAST = 250
_LEFT_OUT = "其他"
_SPLIT = 0.8
_KEYS = ("readCount", "discussCount", "origin")
_QUICK = 20  # one topic in so many


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """Accuracy and macro-F1 on the last fifth, and how far told chances are from shares."""
    started = perf_counter()
    topics = _topics()
    counts = topics["category"].drop_nulls().value_counts().filter(pl.col("count") >= _LEAST)
    topics = topics.gather_every(_QUICK) if quick else topics
    known = topics.filter(pl.col("category").is_in(counts["category"].implode()))
    asked = known[int(known.height * _SPLIT) :]
    since = asked["first"][0]
    hidden = pl.when(pl.col("term").is_in(known[: known.height - asked.height]["term"].implode()))
    say(f"{TASK}: learning from {known.height - asked.height:,} topics of {counts.height} categories")
    model = TopicCategories().fit(topics.with_columns(hidden.then("category").alias("category")))
    say(f"{TASK}: judging {asked.height:,} topics since {since:%Y-%m-%d}")
    judged = model.judge(asked)
    hits = (judged["category"] == asked["category"]).to_numpy().astype(np.float64)
    truth, told = asked["category"].to_numpy(), judged["category"].to_numpy()
    seconds = perf_counter() - started
    low, high = mean_interval(hits)
    yield Figure(
        task=TASK, metric="accuracy", value=float(hits.mean()), peer=PEER, peer_value=FLOOR,
        goal=None if quick else GOAL, low=low, high=high, seconds=seconds,
    )  # fmt: skip

    def macro(drawn: np.typing.NDArray[np.int64]) -> float:
        return float(f1_score(truth[drawn], told[drawn], average="macro", zero_division=0.0))

    low, high = interval(macro, len(hits), rounds=100)
    yield Figure(
        task=TASK, metric="macro-F1", value=macro(np.arange(len(hits))), peer=PEER, peer_value=FLOOR_F1,
        low=low, high=high, seconds=seconds,
    )  # fmt: skip
    parts = np.array_split(np.argsort(judged["probability"].to_numpy(), kind="stable"), 10)
    off = [abs(judged["probability"].to_numpy()[part].mean() - hits[part].mean()) for part in parts]
    yield Figure(
        task=TASK,
        metric="calibration error",
        value=float(np.mean(off)),
        lower_is_better=True,
        seconds=seconds,
    )


def _topics() -> pl.DataFrame:
    """Topics by first hour, as the list shows them; 其他, adverts and what has no hour are left out."""
    folder = shared("weibo_hot_hourly")
    texts = pl.read_ndjson(folder / "topics.jsonl.gz").select(
        "topic_id",
        pl.col("title").alias("term"),
        "category",
        "description",
        *(pl.col(key).alias(name) for name, key in zip(COUNTS, _KEYS, strict=True)),
    )
    hours = pl.read_csv(folder / "hourly.tsv.gz", separator="\t").select(
        "topic_id",
        (pl.col("hour") + ":00")
        .str.to_datetime("%Y-%m-%dT%H:%M", time_unit="us")
        .dt.replace_time_zone("Asia/Shanghai")
        .dt.convert_time_zone("UTC")
        .alias("at"),
        "rank",
        pl.col("hot").cast(pl.Float64).alias("volume"),
        (pl.col("ads") == 1).alias("advert"),
    )
    topics = listed_topics(hours.join(texts, on="topic_id"))
    return topics.filter(pl.col("category").is_null() | (pl.col("category") != _LEFT_OUT))
