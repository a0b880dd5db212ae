"""Interest tags as they are shipped, held against the classes that editors gave to news titles."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from bench.bootstrap import interval, mean_interval
from bench.figures import Figure, Say
from bench.language.titles import Titles, class_names, parts
from nlp.tags import TagModel, TagScores
from nlp.taxonomy import Taxonomy, load_taxonomy

TASK = "interest tags"
LIKELY = 0.5
_BINS = 10
CLASSES = Path(__file__).with_name("interests.toml")


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """Learn from the development titles without their labels, tag the test titles."""
    started = perf_counter()
    development, test = parts(quick)
    say(f"{TASK}: learning from {len(development.docs):,} titles")
    model = _fitted(load_taxonomy(), development)
    chance, told = _as_classes(_tagged(model, test), model.taxonomy)
    likely = chance >= LIKELY
    right = told == test.labels
    meant = np.isin(test.labels, list(_class_of(model.taxonomy).values()))
    for metric, hits in (
        (f"precision of tags from a probability of {LIKELY:g}", right[likely]),
        (f"recall of tags from a probability of {LIKELY:g}", (right & likely)[meant]),
    ):
        low, high = mean_interval(hits.astype(np.float64))
        yield Figure(task=TASK, metric=metric, value=float(hits.mean()), low=low, high=high)
    tagged = np.flatnonzero(chance > 0)
    chance, right = chance[tagged], right[tagged]
    low, high = interval(lambda drawn: gap(chance[drawn], right[drawn]), len(tagged))
    yield Figure(
        task=TASK, metric="mean distance of probabilities from shares", value=gap(chance, right), low=low, high=high,
        seconds=perf_counter() - started,
    )  # fmt: skip


def _fitted(taxonomy: Taxonomy, titles: Titles) -> TagModel:
    nothing = [None] * len(titles.docs)
    authors = [str(number) for number in range(len(titles.docs))]
    return TagModel(taxonomy).fit(titles.docs, nothing, nothing, authors)


def _tagged(model: TagModel, titles: Titles) -> TagScores:
    nothing = [None] * len(titles.docs)
    return model.predict(titles.docs, nothing, nothing)


def _as_classes(scores: TagScores, taxonomy: Taxonomy) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The probability of the likeliest tag that has a class, 0 where none is told, and its class."""
    classes = _class_of(taxonomy)
    columns = [scores.tags.index(tag) for tag in classes]
    table = scores.matrix[:, columns].toarray()
    return table.max(axis=1), np.array(list(classes.values()))[table.argmax(axis=1)]


def _class_of(taxonomy: Taxonomy) -> Mapping[str, int]:
    """The class of each tag that has one."""
    numbers = {name: number for number, name in enumerate(class_names())}
    found: dict[str, int] = {}
    for name, interests in tomllib.loads(CLASSES.read_text("utf-8")).items():
        for one in interests.split():
            for tag in taxonomy.children_of(one) or (one,):
                found[tag] = numbers[name]
    return found


def gap(chance: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """How far probabilities are from shares: expected calibration error over bins of equal width.

    C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """
    of_bin = np.minimum((chance * _BINS).astype(int), _BINS - 1)
    told, came = (np.bincount(of_bin, weights=values, minlength=_BINS) for values in (chance, right))
    return float(np.abs(told - came).sum() / len(chance))
