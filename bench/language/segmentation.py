"""Where words end: renqun's Segmenter beside jieba, against the sentences of UD Chinese GSD (simplified)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import jieba
import numpy as np
from numpy.typing import NDArray

from bench.bootstrap import ratio_interval
from bench.data import shared
from bench.figures import Figure, Say
from nlp.segment import Segmenter, reference_spans, shared_spans

GOAL_SPEED = 12.0
TASK = "segmentation"
_GOLD = "ud_gsdsimp/zh_gsdsimp-ud-test.conllu"


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """F1 over character spans on the test sentences, then speed on the same."""
    jieba.setLogLevel(logging.WARNING)
    started = perf_counter()
    gold = _sentences(shared(_GOLD))
    texts = ["".join(words) for words in gold]
    say(f"{TASK}: {len(texts)} sentences")
    segmenter = Segmenter()
    ours, theirs = (
        np.array([shared_spans(one, other) for one, other in zip(spans, gold, strict=True)])
        for spans in ([segmenter.spans(text) for text in texts], reference_spans(texts))
    )
    low, high = ratio_interval(*_sums(ours))
    yield Figure(
        task=TASK,
        metric="F1",
        value=_f1(ours),
        peer="jieba",
        peer_value=_f1(theirs),
        ratio=_f1(ours) / _f1(theirs),
        goal=1.0,
        low=low,
        high=high,
        seconds=perf_counter() - started,
    )
    yield _speed(segmenter, texts * (2 if quick else 10), say)


def _speed(segmenter: Segmenter, texts: list[str], say: Say) -> Figure:
    """Sentences to words, and to jieba's pieces, in turns; the median of the rounds' ratios counts."""
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    say(f"{TASK}: speed on {len(texts):,} sentences")
    started = perf_counter()
    reference = jieba.Tokenizer()
    reference.lcut(texts[0])
    segmenter.cut_all(texts)
    rounds = []
    for _ in range(7):
        begun = process_time()
        segmenter.cut_all(texts)
        between = process_time()
        for text in texts:
            reference.lcut(text)
        rounds.append((between - begun, process_time() - between))
    ours, theirs = (median(times) for times in zip(*rounds, strict=True))
    return Figure(
        task=TASK,
        metric="speed on a core",
        value=megabytes / ours,
        unit="MB/s",
        peer="jieba",
        peer_value=megabytes / theirs,
        ratio=median(theirs / ours for ours, theirs in rounds),
        goal=GOAL_SPEED,
        seconds=perf_counter() - started,
    )


def _sentences(path: Path) -> list[list[str]]:
    """The words of each sentence of a CoNLL-U file."""
    blocks = path.read_text("utf-8").strip().split("\n\n")
    rows = ([line.split("\t") for line in block.splitlines() if line[0] != "#"] for block in blocks)
    return [[row[1] for row in block if row[0].isdigit()] for block in rows]


def _sums(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Twice the spans in common, and all spans of both, a sentence each."""
    return 2 * counts[:, 0], counts[:, 1] + counts[:, 2]


def _f1(counts: NDArray[np.int64]) -> float:
    common, total = _sums(counts)
    return float(common.sum() / total.sum())
