"""Topics: coherence, diversity and speed of renqun's models beside gensim's and scikit-learn's on Weibo's hot topics.

Every model gets the same words of the same texts and names 50 topics by ten words. Coherence is NPMI over whole texts,
counted over all texts of the set, those that no model was fitted on too.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from time import perf_counter, process_time

import numpy as np

from bench.bootstrap import mean_interval
from bench.figures import Figure, Say
from bench.language.hot_topics import hot_topics
from nlp.cooccurrence import cooccurrences, npmi_of
from nlp.documents import Docs, Vocabulary, distinct_sample, learn_vocabulary
from nlp.normalise import normalise_all
from nlp.segment import Segmenter
from nlp.topics import FIT_DOCS, TopicModel

TASK = "topics"
TOPICS, WORDS = 50, 10
GOAL_NPMI, GOAL_DIVERSITY, GOAL_FIT, GOAL_FOLD_IN = 0.20, 0.80, 3_000.0, 20_000.0
Named = list[tuple[str, ...]]


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """Fit each model on the same texts in one run; coherence over the whole set."""
    started = perf_counter()
    texts = [f"{row['title']} {row['description']}" for row in hot_topics() if row.get("description")]
    texts = texts[:: 20 if quick else 1]
    say(f"{TASK}: cutting {len(texts):,} texts")
    docs = Segmenter().cut_all(normalise_all(texts))
    sample = distinct_sample(docs, 3_000 if quick else FIT_DOCS, seed=7)
    model = TopicModel(k=TOPICS)
    named: dict[str, Named] = {}
    seconds: dict[str, float] = {}
    for name, fit in _models(model, sample):
        say(f"{TASK}: {name} on {len(sample):,} texts")
        begun = process_time()
        named[name] = fit()
        seconds[name] = process_time() - begun
    begun = process_time()
    model.assign(docs)
    fold_in = len(docs) / (process_time() - begun)
    scores = _coherence(named, docs)
    ours = scores.pop("renqun")
    low, high = mean_interval(ours)
    spent = perf_counter() - started
    for peer, theirs in scores.items():
        yield Figure(
            task=TASK, metric=f"NPMI, K={TOPICS}, ten words", value=float(ours.mean()), low=low, high=high,
            peer=peer, peer_value=float(theirs.mean()), goal=None if quick else GOAL_NPMI, seconds=spent,
        )  # fmt: skip
        yield Figure(
            task=TASK, metric="diversity", value=_diversity(named["renqun"]), peer=peer,
            peer_value=_diversity(named[peer]), goal=None if quick else GOAL_DIVERSITY, seconds=spent,
        )  # fmt: skip
        yield Figure(
            task=TASK, metric="fit", value=len(sample) / seconds["renqun"], unit="texts/CPU s", peer=peer,
            peer_value=len(sample) / seconds[peer], goal=None if quick else GOAL_FIT, seconds=spent,
        )  # fmt: skip
    yield Figure(
        task=TASK, metric="fold-in", value=fold_in, unit="texts/CPU s", goal=None if quick else GOAL_FOLD_IN,
        seconds=spent,
    )  # fmt: skip


def _models(model: TopicModel, sample: Docs) -> Iterator[tuple[str, Callable[[], Named]]]:
    def words(fitted: TopicModel) -> Named:
        return [topic.words for topic in fitted.topics]

    yield "renqun", lambda: words(model.fit(sample))
    yield "gensim LDA", lambda: words(TopicModel(k=TOPICS, method="gensim-lda").fit(sample))
    yield "gensim NMF", lambda: words(TopicModel(k=TOPICS, method="gensim-nmf").fit(sample))
    yield "scikit-learn NMF of sublinear TF-IDF", lambda: _sklearn_nmf(sample)


def _sklearn_nmf(sample: Docs) -> Named:
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    vocabulary = learn_vocabulary(sample)
    model = NMF(TOPICS, init="nndsvd", random_state=7, max_iter=100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(vocabulary.tfidf(sample))
    return [
        tuple(vocabulary.words[column] for column in np.argsort(-row, kind="stable")[:WORDS])
        for row in model.components_
    ]


def _coherence(
    named: dict[str, Named], docs: Docs
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Each topic's NPMI a model: that of gensim's CoherenceModel (c_npmi) with a window of a whole text."""
    words = sorted({word for topics in named.values() for topic in topics for word in topic})
    vocabulary = Vocabulary(words, np.ones(len(words), np.float32))
    pairs = cooccurrences(vocabulary.counts(docs))
    column = vocabulary.column
    return {
        name: npmi_of([np.array([column[word] for word in topic]) for topic in topics], pairs)
        for name, topics in named.items()
    }


def _diversity(topics: Named) -> float:
    words = [word for topic in topics for word in topic]
    return len(set(words)) / max(len(words), 1)
