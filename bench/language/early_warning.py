"""Early warning: which topics will reach a heat of 1,000,000, judged in the first hour in which they are listed.

Split by time: the model learns from the hours before the last fifth of topics alone, and judges those by what the list
showed up to that hour (the last words' outcomes included, as in use). Left out are topics that are there already at first
sight, adverts and rows without heat. Of the topics' own file only the title, the final peak (the truth) and, for topics of
the past, the category (an answer to learn titles from) are used: all else in it was written later.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from bench.bootstrap import interval
from bench.data import shared
from bench.figures import Figure, Say
from nlp.early_warning import EarlyWarning
from nlp.first_sights import first_sights

GOAL = 0.82
TASK = "early-warning"
_BIG = 1e6
_SPLIT = 0.8
_QUICK = 0.12  # the last part of the hours that a quick run takes


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """AUC on the last fifth of topics, beside the heat of the first hour; and how far told chances are from shares."""
    board, peak = _board(quick)
    sights = first_sights(board)
    split = sights["at"][int(sights.height * _SPLIT)]
    started = perf_counter()
    say(f"{TASK}: learning from {sights.filter(pl.col('at') < split).height:,} topics")
    model = EarlyWarning(_BIG).fit(board.filter(pl.col("at") < split))
    judged = (
        model.judge(board)
        .filter(pl.col("at") >= split)
        .join(peak, on="term", how="left", maintain_order="left")
    )
    truth = (judged["peak"] >= _BIG).to_numpy()
    told, heat = judged["probability"].to_numpy(), judged["volume"].to_numpy()
    say(f"{TASK}: judged {len(truth):,} topics, of which {int(truth.sum()):,} became big")
    seconds = perf_counter() - started
    low, high = interval(
        lambda drawn: float(roc_auc_score(truth[drawn], told[drawn])), len(truth), rounds=300
    )
    yield Figure(
        task=TASK,
        metric="AUC",
        value=float(roc_auc_score(truth, told)),
        peer="heat of the first hour",
        peer_value=float(roc_auc_score(truth, heat)),
        goal=GOAL,
        low=low,
        high=high,
        seconds=seconds,
    )
    yield Figure(
        task=TASK, metric="calibration error", value=_off(told, truth), lower_is_better=True, seconds=seconds
    )
    best = np.argsort(-told)[: max(len(told) // 100, 1)]
    first = np.argsort(-heat)[: len(best)]
    low, high = interval(lambda drawn: float(truth[best][drawn].mean()), len(best))
    yield Figure(
        task=TASK,
        metric="became big of the highest 1 %",
        value=float(truth[best].mean()),
        peer="heat of the first hour",
        peer_value=float(truth[first].mean()),
        low=low,
        high=high,
        seconds=seconds,
    )


def _board(quick: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The list as the lake keeps it (term, at, rank, volume, advert, category), and each topic's peak."""
    folder = shared("weibo_hot_hourly")
    topics = pl.read_ndjson(folder / "topics.jsonl.gz").select(
        "topic_id", pl.col("title").alias("term"), "category", pl.col("max_hot").alias("peak")
    )
    hours = pl.read_csv(folder / "hourly.tsv.gz", separator="\t").with_columns(
        (pl.col("hour") + ":00")
        .str.to_datetime("%Y-%m-%dT%H:%M", time_unit="us")
        .dt.replace_time_zone("Asia/Shanghai")
        .dt.convert_time_zone("UTC")
        .alias("at")
    )
    if quick:
        hours = hours.filter(
            pl.col("at") >= hours["at"].unique().sort()[int(-_QUICK * hours["at"].n_unique())]
        )
    rows = hours.join(topics, on="topic_id").select(
        "term",
        "at",
        "rank",
        pl.col("hot").cast(pl.Float64).alias("volume"),
        (pl.col("ads") == 1).alias("advert"),
        "category",
    )
    return rows, topics.group_by("term").agg(pl.col("peak").max())


def _off(told: NDArray[np.float64], truth: NDArray[np.bool_], bins: int = 10) -> float:
    """Mean distance of told chances from shares over ten equal parts (expected calibration error)."""
    parts = np.array_split(np.argsort(told, kind="stable"), bins)
    return float(np.mean([abs(told[part].mean() - truth[part].mean()) for part in parts]))
