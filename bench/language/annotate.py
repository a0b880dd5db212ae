"""Posts a second: renqun's whole annotation on two cores, beside the plain loop of jieba and gensim's LDA."""

from __future__ import annotations

import gzip
import json
import logging
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import jieba
import polars as pl
from gensim.corpora import Dictionary
from gensim.models import LdaModel
from opencc import OpenCC

from bench.data import shared
from bench.figures import Figure, Say
from mining.annotate import BATCH, annotate_batch
from mining.annotators import Annotators
from mining.brands import Tracked
from mining.models import Models, full_texts
from nlp.intent import CUES
from nlp.taxonomy import load_taxonomy
from privacy.home import Home

TASK = "annotate"
GOAL_SPEED, GOAL_RATIO = 15_000.0, 10.0
WORKERS = 2
_FITTED = 20_000  # posts that both learn from
_PEERS_POSTS = 2_000


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """Hot topics' titles and descriptions as posts: normalised, cut, tagged, judged, folded into topics."""
    jieba.setLogLevel(logging.WARNING)
    posts = _posts(shared("weibo_hot_hourly/topics.jsonl.gz"), 30_000 if quick else 120_000)
    started = perf_counter()
    say(f"{TASK}: fitting on {_FITTED:,} posts")
    models = Models.fit(posts[:_FITTED])
    peer = _Peer(full_texts(posts[:_FITTED]), len(models.topics.topics))
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        tracked = Tracked(Home(Path(folder)))
        with Annotators(models, tracked, WORKERS) as annotators:
            say(f"{TASK}: {posts.height:,} posts, {WORKERS} workers")
            _spent(annotators, posts[: WORKERS * BATCH])  # until the workers have started
            for _ in range(1 if quick else 3):
                ours.append(posts.height / _spent(annotators, posts))
                theirs.append(peer.speed(full_texts(posts[_FITTED : _FITTED + _PEERS_POSTS])))
        # The clock of two workers also tells what else the machine does; processor time does less so.
        part = posts[_FITTED : _FITTED + BATCH]
        spent = median(_cpu(lambda: annotate_batch(part, models, tracked)) for _ in range(3)) / part.height
        texts = full_texts(posts[_FITTED : _FITTED + _PEERS_POSTS])
        peers = _cpu(lambda: peer.speed(texts)) / len(texts)
    seconds = perf_counter() - started
    speed = median(ours)
    yield Figure(
        task=TASK,
        metric="processor time",
        value=spent * 1e6,
        unit="µs a post",
        peer="jieba + gensim loop",
        peer_value=peers * 1e6,
        ratio=peers / spent,
        seconds=seconds,
    )
    yield Figure(
        task=TASK,
        metric="on two cores",
        value=speed,
        unit="posts/s",
        goal=None if quick else GOAL_SPEED,
        seconds=seconds,
    )
    yield Figure(
        task=TASK,
        metric="beside the loop",
        value=speed,
        unit="posts/s",
        peer="jieba + gensim loop",
        peer_value=median(theirs),
        ratio=median(one / other for one, other in zip(ours, theirs, strict=True)),
        goal=GOAL_RATIO,
        seconds=seconds,
    )


class _Peer:
    """The same five steps as people write them without renqun, a post at a time.

    OpenCC and a few patterns, jieba, the taxonomy's seed words looked up, the intent cues searched for one by one, and
    gensim's LDA asked for the topics.
    """

    def __init__(self, texts: list[str], topics: int) -> None:
        self._simplified = OpenCC("t2s")
        self._noise = re.compile(r"https?://\S+|@\w+|\[\w+\]|#")
        taxonomy = load_taxonomy()
        self._tags = {word: tag for tag in taxonomy.tags for word in taxonomy.words_of(tag)}
        self._cues = [(name, re.compile(pattern)) for name, _, pattern in CUES]
        docs = [jieba.lcut(self._normalised(text)) for text in texts]
        self._dictionary = Dictionary(docs)
        self._dictionary.filter_extremes(no_below=5, no_above=0.1)
        counted = [self._dictionary.doc2bow(doc) for doc in docs]
        self._model: Any = LdaModel(counted, topics, self._dictionary, random_state=7)

    def speed(self, texts: list[str]) -> float:
        """Posts a second."""
        started = perf_counter()
        for text in texts:
            self._annotated(text)
        return len(texts) / (perf_counter() - started)

    def _normalised(self, text: str) -> str:
        return str(self._simplified.convert(self._noise.sub(" ", text)))

    def _annotated(self, text: str) -> tuple[set[str], list[str], list[tuple[int, float]]]:
        clean = self._normalised(text)
        words = jieba.lcut(clean)
        tags = {self._tags[word] for word in words if word in self._tags}
        intents = [name for name, cue in self._cues if cue.search(clean)]
        return tags, intents, self._model[self._dictionary.doc2bow(words)]


def _cpu(work: Callable[[], object]) -> float:
    started = process_time()
    work()
    return process_time() - started


def _spent(annotators: Annotators, posts: pl.DataFrame) -> float:
    started = perf_counter()
    rows = sum(table.num_rows for table in annotators.run(posts))
    assert rows == posts.height
    return perf_counter() - started


def _posts(file: Path, most: int) -> pl.DataFrame:
    """Described hot topics in the shape of posts; one in five carries its title as hashtag."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        topics = [topic for topic in map(json.loads, lines) if topic.get("description")][:most]
    numbers = range(len(topics))
    start = datetime(2026, 8, 1, tzinfo=UTC)
    return pl.DataFrame(
        {
            "id": [f"p{number:032x}" for number in numbers],
            "account_id": [f"u{number % 5_000:032x}" for number in numbers],
            "source": "weibo-hot",
            "created_at": [start + timedelta(seconds=number) for number in numbers],
            "month": "2026-08",
            "title": [topic["title"] for topic in topics],
            "text": [topic["description"] for topic in topics],
            "hashtags": [[topic["title"]] if number % 5 == 0 else [] for number, topic in enumerate(topics)],
            "board": [topic.get("category_top") for topic in topics],
            "searchable": True,
        },
        schema_overrides={"created_at": pl.Datetime("us", "UTC"), "hashtags": pl.List(pl.String)},
    )
