"""Hashtags suggested for Weibo posts beside those that their authors gave (weibo_hashtag, test part of TAKG).

Scored as the authors of TAKG score (pred_evaluate.py): precision and recall at k a post, their means over posts, F1 of the
means, k or fewer tags. The product leaves tags out that are not likely; F1 of always three stands beside it. Peer: TAKG's own
predictions for this test part, scored in the same way. Y. Wang et al., "Topic-Aware Neural Keyphrase Generation for Social Media Language", ACL 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from bench.bootstrap import interval
from bench.figures import Figure, Say
from bench.language.hashtag_data import HashtagData, load
from nlp.hashtags import HashtagModel

TASK = "hashtags"
PEER = "TAKG, published"
PUBLISHED = {1: 0.352, 3: 0.246}
GOALS = {1: 0.42, 3: 0.31}


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """Learn from valid and the conversations, suggest for test."""
    started = perf_counter()
    data = load()
    size = 600 if quick else len(data.valid.docs)
    say(f"{TASK}: learning from {size:,} posts and {len(data.talks.docs):,} of conversations")
    model = _fitted(data, size)
    asked = data.test.docs[: 300 if quick else None]
    say(f"{TASK}: suggesting for {len(asked):,} posts")
    likely = [[tag for tag, _ in row] for row in model.suggest(asked, max(GOALS))]
    always = [[tag for tag, _ in row] for row in model.suggest(asked, max(GOALS), least=0)]
    given = data.test.tags[: len(asked)]
    for metric, k, told, goal in (
        ("F1@1", 1, likely, GOALS[1]),
        ("F1@3", 3, likely, GOALS[3]),
        ("F1@3, always three tags", 3, always, None),
    ):
        value, low, high = _f1(k, told, given)
        yield Figure(
            task=TASK, metric=metric, value=value, low=low, high=high, peer=PEER,
            peer_value=PUBLISHED[k], goal=None if quick else goal, seconds=perf_counter() - started,
        )  # fmt: skip


def _f1(
    k: int, suggested: Sequence[Sequence[str]], given: Sequence[Sequence[str]]
) -> tuple[float, float, float]:
    """F1 at k, and its 95 % interval."""
    precision, recall = _at(k, suggested, given)

    def f1(drawn: NDArray[np.int64]) -> float:
        return _harmonic(float(precision[drawn].mean()), float(recall[drawn].mean()))

    return f1(np.arange(len(given))), *interval(f1, len(given))


def _fitted(data: HashtagData, size: int) -> HashtagModel:
    return HashtagModel().fit(
        data.valid.docs[:size],
        data.valid.tags[:size],
        data.known,
        extra_docs=data.talks.docs[: 4 * size],
        extra_tags=data.talks.tags[: 4 * size],
    )


def _at(
    k: int, suggested: Sequence[Sequence[str]], given: Sequence[Sequence[str]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Precision and recall at k, a post each."""
    right = np.array(
        [len(set(row[:k]) & set(tags)) for row, tags in zip(suggested, given, strict=True)], np.float64
    )
    many = np.array([max(len(row[:k]), 1) for row in suggested], np.float64)
    return right / many, right / np.array([max(len(set(tags)), 1) for tags in given], np.float64)


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
