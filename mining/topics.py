"""Topics of the lake: how they are asked for, the ``topics`` table, and when they no longer fit."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from lake.schemas import TOPICS
from nlp.topic_factors import METHODS, Method
from nlp.topics import TopicModel
from privacy.errors import BadInputError

NUMBER = "RENQUN_TOPICS"  # how many topics, or auto
METHOD = "RENQUN_TOPIC_MODEL"
MOST = 500  # topics that may be asked for
AUTO = "auto"
EXAMPLES = 5  # posts that stand for a topic
_SPAM_LIMIT = 0.5
_TELLING = 5  # words that a post needs to stand for a topic
_RECENT = 2_000  # the newest posts, by which it is judged whether topics still fit
_ENOUGH = 200
_DEGRADED = 0.75  # of the share that had a topic when they were fitted


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """How many topics to fit, None for a choice by coherence, and by which method."""

    k: int | None = None
    method: Method = "affinity-nmf"

    @classmethod
    def read(cls, asked: str | None = None, earlier: TopicModel | None = None) -> TopicSettings:
        """``asked`` (a number or auto), else ``RENQUN_TOPICS``, else what the earlier fit was asked for.

        Raises BadInputError for what is no number of topics and no method.
        """
        told = asked or os.environ.get(NUMBER, "").strip()
        k = earlier.k if earlier is not None and not told else _number(told or AUTO)
        name = os.environ.get(METHOD, "").strip() or METHODS[0]
        method = next((known for known in METHODS if known == name), None)
        if method is None:
            raise BadInputError(f"{METHOD} names no method: {name!r}.", f"There are {', '.join(METHODS)}.")
        return cls(k, method)

    def fit(self, docs: list[list[str]], seed: int, earlier: TopicModel | None) -> TopicModel:
        """Topics of these texts, their stability measured; those of ``earlier`` keep their ids."""
        return TopicModel(self.k, seed, self.method).fit(docs, earlier).measure_stability(docs)


@dataclass(frozen=True, slots=True)
class TopicsFitted:
    """What a fit gave: how many topics, why so many, and how good they are."""

    topics: int
    asked: int | None  # None: chosen
    method: str
    npmi: float
    diversity: float
    stability: float | None
    tried: dict[int, float] = field(default_factory=dict)  # number of topics to coherence x diversity

    @classmethod
    def of(cls, model: TopicModel) -> TopicsFitted:
        """The figures of a fitted model."""
        tried = {one.k: round(one.quality, 4) for one in model.trials_}
        npmi, diversity = round(model.npmi_, 4), round(model.diversity_, 4)
        return cls(len(model.topics), model.k, model.method, npmi, diversity, model.stability_, tried)


def topic_table(annotations: pl.DataFrame, model: TopicModel, version: str) -> pl.DataFrame:
    """The ``topics`` table: each topic with its size, quality and the posts that stand for it.

    Those are of searchable posts the ones most like the topic, one an account, advertising left out.
    """
    described: list[dict[str, Any]] = [
        {
            "topic": topic.id,
            "name": topic.name,
            "words": list(topic.words),
            "npmi": topic.npmi,
            "stability": topic.stability,
            "model_version": version,
        }
        for topic in model.topics
    ]
    names = ("topic", "name", "words", "npmi", "stability", "model_version")
    empty: pl.DataFrame = pl.from_arrow(TOPICS.schema.empty_table())  # type: ignore[assignment]
    about = annotations.filter(pl.col("topic").is_not_null(), pl.col("spam") < _SPAM_LIMIT)
    sizes = about.group_by("topic").agg(
        pl.len().cast(pl.Int64).alias("posts"),
        pl.col("account_id").n_unique().cast(pl.Int64).alias("accounts"),
    )
    shown = (
        about.filter("searchable", pl.col("words").str.count_matches(" ", literal=True) >= _TELLING - 1)
        .sort(["topic_weight", "post_id"], descending=[True, False])
        .unique(["topic", "account_id"], keep="first", maintain_order=True)
        .unique(["topic", "words"], keep="first", maintain_order=True)
        .group_by("topic", maintain_order=True)
        .agg(pl.col("post_id").head(EXAMPLES).alias("examples"))
    )
    return (
        pl.DataFrame(described, schema={name: empty.schema[name] for name in names})
        .join(sizes, on="topic", how="left")
        .join(shown, on="topic", how="left")
        .with_columns(pl.col("posts", "accounts").fill_null(0), pl.col("examples").fill_null([]))
        .select(empty.columns)
    )


def fit_share(annotations: pl.DataFrame) -> float | None:
    """Share of the newest posts that have a topic; None where there are too few to tell."""
    newest = (
        annotations.filter(pl.col("spam") < _SPAM_LIMIT)
        .sort(["created_at", "post_id"], descending=[True, False])
        .head(_RECENT)
    )
    if newest.height < _ENOUGH:
        return None
    return round(1.0 - newest["topic"].null_count() / newest.height, 4)


def drifted(then: float | None, now: float | None) -> str:
    """Why the topics no longer fit, empty where they do or it can't be told.

    ``then`` is `fit_share` of the run that fitted them: a lake full of small talk has a low share from the start.
    """
    if then is None or now is None or now >= _DEGRADED * then:
        return ""
    return f"{now:.0%} of the newest posts have a topic, {then:.0%} had one when topics were fitted"


def _number(text: str) -> int | None:
    if text.lower() == AUTO:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise BadInputError(
            f"{text!r} is no number of topics.", f"Give 1 to {MOST}, or {AUTO} to choose by coherence."
        )
    return int(text)
