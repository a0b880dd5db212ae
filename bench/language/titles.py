"""News titles of ten classes (THUCNews), the text that may be learned from beside them, and vectors of its words."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from bench.data import shared
from nlp.normalise import normalise_all
from nlp.segment import Segmenter
from nlp.vectors import Floats, WordVectors

SEED = 7
_QUICK = 2_000
_EXCERPT = 300
_WEIBO_SHARE = 3  # every third description, every second title: enough for vectors


@dataclass(frozen=True)
class Titles:
    """Titles as plain lower-case texts and as lists of words; ``labels`` number the classes."""

    texts: list[str]
    docs: list[list[str]]
    labels: NDArray[np.int64]

    def head(self, count: int) -> Titles:
        """The first ``count`` titles."""
        return Titles(self.texts[:count], self.docs[:count], self.labels[:count])


def parts(quick: bool) -> tuple[Titles, Titles]:
    """The development and the test titles, or the first of each."""
    development, test = _read("dev"), _read("test")
    return (development.head(_QUICK), test.head(_QUICK)) if quick else (development, test)


def _read(part: str) -> Titles:
    lines = shared(f"thucnews_titles/{part}.txt").read_text("utf-8").splitlines()
    pairs = [line.rsplit("\t", 1) for line in lines if line]
    texts = [text.lower() for text in normalise_all([title for title, _ in pairs])]
    labels = np.array([int(label) for _, label in pairs])
    return Titles(texts, Segmenter().cut_all(texts), labels)


@cache
def vectors(quick: bool) -> WordVectors:
    """Vectors of words: of the development titles without their labels, of hot topics and questions; never of test."""
    development = _read("dev").docs
    others = [
        *_weibo(shared("weibo_hot_hourly/topics.jsonl.gz")),
        *_zhihu(shared("zhihu_hot_daily/questions.jsonl.gz")),
    ]
    some = others[::20] if quick else others
    docs = [*Segmenter().cut_all(normalise_all(some)), *development * 4]
    return WordVectors.fit(docs, seed=SEED)


def judge(scores: Floats, titles: Titles) -> NDArray[np.float64]:
    """1 for each title whose highest score is its class, else 0."""
    return np.asarray(scores.argmax(axis=1) == titles.labels, dtype=np.float64)


def _weibo(path: Path) -> Iterator[str]:
    for number, row in enumerate(_rows(path)):
        if number % 2 == 0:
            yield row["title"]
        if number % _WEIBO_SHARE == 0:
            yield f"{row['title']} {row.get('description') or ''}"


def _zhihu(path: Path) -> Iterator[str]:
    seen: set[str] = set()
    for row in _rows(path):
        if row["question_id"] not in seen:
            seen.add(row["question_id"])
            yield f"{row['title']} {(row.get('excerpt') or '')[:_EXCERPT]}"


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rb") as lines:
        yield from map(orjson.loads, lines)


def centred(scores: Floats) -> Floats:
    """Scores of one model on the scale of another's: rows of mean 0, and a spread of 1 over all."""
    rows = scores - scores.mean(axis=1, keepdims=True)
    found: Floats = (rows / max(float(rows.std()), 1e-9)).astype(np.float32)
    return found


def class_names() -> Sequence[str]:
    """The ten names, in the order of the labels."""
    return shared("thucnews_titles/class.txt").read_text("utf-8").split()
