"""Posts to classes without any label: ten classes by seed words, learned on unlabelled titles, judged on others."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from bench.bootstrap import mean_interval
from bench.figures import Figure, Say
from bench.language.titles import class_names, judge, parts, vectors
from nlp.self_training import SelfTrained

TASK = "titles without labels"
GOAL = 0.80
_SEEDS = Path(__file__).with_name("titles.toml")


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """Accuracy on the test titles of a model that saw seed words and unlabelled development titles."""
    started = perf_counter()
    development, test = parts(quick)
    say(f"{TASK}: word vectors")
    words = vectors(quick)
    seeds = tomllib.loads(_SEEDS.read_text("utf-8"))
    say(f"{TASK}: self-training on {len(development.docs):,} titles")
    model = SelfTrained({name: seeds[name].split() for name in class_names()}).fit(development.docs, words)
    hits = judge(model.predict(test.docs), test)
    low, high = mean_interval(hits)
    yield Figure(
        task=TASK,
        metric="accuracy",
        value=float(hits.mean()),
        goal=GOAL,
        low=low,
        high=high,
        seconds=perf_counter() - started,
    )
