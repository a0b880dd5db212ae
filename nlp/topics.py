"""Topics of short texts: groups of words that keep company, and which of them a text is about."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from nlp.cooccurrence import cooccurrences, npmi_of
from nlp.documents import Docs, Vocabulary, distinct_sample, learn_vocabulary
from nlp.topic_choice import Trial, choose, trial, tried_numbers, usual_range
from nlp.topic_factors import METHODS, Floats, Method, factorised, top_words, worth_keeping
from nlp.topic_matching import agreement, best_overlaps, cosines, pair_up

FIT_DOCS = 30_000  # a fit looks at no more distinct texts than this
MIN_COSINE = 0.08  # a text that is less like its best topic than this is about none
_CHOICE_DOCS = 10_000  # and made on no more distinct texts than this
_SEEDS = 3  # fits compared for stability, each of four fifths of the texts
_SAME = 0.5  # a topic with at least this cosine to an earlier fit's is that one


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. ``id`` stays the same over fits; in a first fit it is the place by size ("t00" the largest).

    ``name``: its three most specific words; ``npmi``: coherence, -1 to 1; ``stability``: how far fits with other
    seeds and texts find the same words, 0 to 1, None where that was not measured.
    """

    id: str
    name: str
    words: tuple[str, ...]
    npmi: float
    stability: float | None = None


class TopicModel:
    """Topics by non-negative factors of the words' affinity, assigned to texts by cosine.

    The default method factorises not texts x words but words x words: normalised pointwise mutual
    information times the logarithm of how often two words share a text. A single short text says little
    about a word, all of them together say much (T. Shi et al., "Short-Text Topic Modeling via Non-negative
    Matrix Factorization Enriched with Local Word-Context Correlations", WWW 2018); and the cost does not
    grow with the number of texts. ``renqun bench language --only topics`` measures it beside the others, gensim's
    own models, which can be chosen instead.

    ``k`` is the number of topics; None chooses by coherence (`nlp.topic_choice`) ``among`` a smallest
    and a largest, by default as many as suit the texts, and drops
    incoherent and doubled topics. Texts that are too few give fewer topics than asked for.
    Learned: ``topics``, ``trials_`` (what each number tried gave), ``npmi_`` (mean coherence), ``diversity_`` (share of
    distinct words among the top words), ``stability_`` (after `measure_stability`), ``version`` (changes with
    anything learned).
    """

    def __init__(
        self,
        k: int | None = None,
        seed: int = 7,
        method: Method = "affinity-nmf",
        among: tuple[int, int] | None = None,
    ) -> None:
        if k is not None and k < 1:
            raise ValueError("k must be at least 1")
        if among is not None and not 1 <= among[0] <= among[1]:
            raise ValueError("the range of k must run from a number of at least 1 to one no smaller")
        if method not in METHODS:
            raise ValueError(f"no topic method {method!r}: {', '.join(METHODS)}")
        self.k = k
        self.seed = seed
        self.method = method
        self.among = among
        self.topics: list[Topic] = []
        self.trials_: list[Trial] = []
        self.stability_: float | None = None
        self.version = ""
        self._named = 0  # ids that were ever given
        self._vocabulary = Vocabulary([], np.zeros(0, np.float32))
        self._words_of: Floats = np.zeros((0, 0), np.float32)  # topics x words, rows of length 1

    @property
    def npmi_(self) -> float:
        """Mean coherence of the topics (normalised pointwise mutual information over whole texts)."""
        return float(np.mean([topic.npmi for topic in self.topics])) if self.topics else 0.0

    @property
    def diversity_(self) -> float:
        """Share of distinct words among the top words of all topics: 1 where no two topics share one."""
        words = [word for topic in self.topics for word in topic.words]
        return len(set(words)) / len(words) if words else 0.0

    def fit(self, docs: Docs, earlier: TopicModel | None = None) -> Self:
        """Learn the topics of texts given as words. Repeated texts count once; too few texts give no topic.

        A topic that an ``earlier`` model knows, by its words, keeps its id there; others get ids never given before.
        """
        sample = distinct_sample(docs, FIT_DOCS, self.seed)
        size = self.k or self._chosen(sample)
        self._vocabulary = learn_vocabulary(sample)
        pairs = cooccurrences(self._vocabulary.counts(sample))
        factors = factorised(self.method, self._vocabulary, sample, pairs, size, self.seed)
        if not len(factors):
            self._keep([], [], factors, np.zeros(0), earlier)
            return self
        top = top_words(factors)
        coherence = npmi_of(top, pairs)
        good = worth_keeping(factors, top, coherence, drop=self.k is None)
        # Roots, so that not the two or three heaviest words decide alone (Weibo categories: 0.68 right, else 0.67).
        self._words_of = _unit_rows(np.sqrt(factors[good]))
        index, _ = self.assign(sample)
        order = np.argsort(-np.bincount(index[index >= 0], minlength=len(good)), kind="stable")
        kept = [good[place] for place in order]
        names = self._most_specific(sample, index, [top[row] for row in good])
        self._keep(
            [top[row] for row in kept],
            [names[place] for place in order],
            self._words_of[order],
            coherence[kept],
            earlier,
        )
        return self

    def measure_stability(self, docs: Docs) -> Self:
        """Fit three times more, with other seeds on other four fifths of the texts, and keep how far they agree.

        Sets ``stability_`` (agreement of the three) and each topic's ``stability`` (how far the three have it).
        """
        sample = distinct_sample(docs, _CHOICE_DOCS, self.seed)
        fits = []
        for seed in np.arange(1, _SEEDS + 1) + self.seed:
            part = distinct_sample(sample, len(sample) * 4 // 5, int(seed))
            vocabulary = learn_vocabulary(part)
            pairs = cooccurrences(vocabulary.counts(part))
            factors = factorised(self.method, vocabulary, part, pairs, len(self.topics), int(seed))
            fits.append([[vocabulary.words[column] for column in row] for row in top_words(factors)])
        self.stability_ = round(agreement(fits), 4)
        each = best_overlaps([topic.words for topic in self.topics], fits)
        self.topics = [
            replace(topic, stability=round(value, 4)) for topic, value in zip(self.topics, each, strict=True)
        ]
        return self

    def assign(self, docs: Docs) -> tuple[npt.NDArray[np.int32], Floats]:
        """Name for each text the place of its topic in `topics`, -1 for none, and how sure (cosine, 0 to 1).

        Each text is judged by itself: the answer does not depend on which others come with it.
        """
        if not len(self._words_of) or not len(docs):
            return np.full(len(docs), -1, np.int32), np.zeros(len(docs), np.float32)
        index = np.empty(len(docs), np.int32)
        weight = np.empty(len(docs), np.float32)
        for start in range(0, len(docs), 20_000):
            part = docs[start : start + 20_000]
            cosine = np.asarray(self._vocabulary.tfidf(part) @ self._words_of.T)
            best = cosine.argmax(axis=1)
            value = cosine[np.arange(len(part)), best]
            index[start : start + len(part)] = np.where(value >= MIN_COSINE, best, -1)
            weight[start : start + len(part)] = np.where(value >= MIN_COSINE, np.minimum(value, 1.0), 0.0)
        return index, weight

    def save(self, folder: Path) -> None:
        """Write `topics.npz` and `topics.json` into a folder that exists."""
        np.savez(folder / "topics.npz", idf=self._vocabulary.idf, words_of=self._words_of)
        learned = {
            "k": self.k,
            "seed": self.seed,
            "method": self.method,
            "among": self.among,
            "version": self.version,
            "named": self._named,
            "stability": self.stability_,
            "trials": [asdict(one) for one in self.trials_],
            "words": self._vocabulary.words,
            "topics": [asdict(topic) for topic in self.topics],
        }
        (folder / "topics.json").write_text(json.dumps(learned, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises ValueError or KeyError for what another release wrote."""
        learned = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
        model = cls(
            learned["k"], learned["seed"], learned["method"], learned["among"] and tuple(learned["among"])
        )
        with np.load(folder / "topics.npz") as arrays:
            model._vocabulary = Vocabulary(learned["words"], arrays["idf"])
            model._words_of = arrays["words_of"]
        model.topics = [Topic(**{**told, "words": tuple(told["words"])}) for told in learned["topics"]]
        model.trials_ = [Trial(**told) for told in learned["trials"]]
        model.stability_ = learned["stability"]
        model._named = learned["named"]
        model.version = learned["version"]
        return model

    def _chosen(self, texts: Docs) -> int:
        sample = distinct_sample(texts, _CHOICE_DOCS, self.seed)
        vocabulary = learn_vocabulary(sample)
        most = min(len(vocabulary.words) // 3, len(sample))
        pairs = cooccurrences(vocabulary.counts(sample))
        self.trials_ = []
        for size in tried_numbers(*(self.among or usual_range(len(texts))), most):
            factors = factorised(self.method, vocabulary, sample, pairs, size, self.seed)
            top = top_words(factors)
            coherence = npmi_of(top, pairs)
            good = worth_keeping(factors, top, coherence, drop=True)
            self.trials_.append(trial(size, [top[row] for row in good], coherence[good]))
        return choose(self.trials_).k

    def _most_specific(
        self, sample: Docs, index: npt.NDArray[np.int32], top: list[npt.NDArray[np.int64]]
    ) -> list[str]:
        """Names of topics: of the top words the three that stay most within the topic's texts."""
        present = self._vocabulary.counts(sample)
        present.data[:] = 1.0
        everywhere = np.asarray(present.sum(axis=0)).ravel()
        names = []
        for topic, columns in enumerate(top):
            inside = np.asarray(present[np.flatnonzero(index == topic)].sum(axis=0)).ravel()[columns]
            specific = inside / (everywhere[columns] + 5.0) * np.log1p(inside)
            three = np.argsort(-specific, kind="stable")[:3]
            names.append("·".join(self._vocabulary.words[column] for column in columns[three]))
        return names

    def _ids(self, earlier: TopicModel | None, count: int) -> list[str]:
        same: dict[int, int] = {}
        if earlier is not None:
            likeness = cosines(
                self._vocabulary.words, self._words_of, earlier._vocabulary.words, earlier._words_of
            )
            same = pair_up(likeness, _SAME)
            self._named = earlier._named
        ids = []
        for place in range(count):
            if earlier is not None and place in same:
                ids.append(earlier.topics[same[place]].id)
            else:
                ids.append(f"t{self._named:02d}")
                self._named += 1
        return ids

    def _keep(
        self,
        top: list[npt.NDArray[np.int64]],
        names: list[str],
        words_of: Floats,
        npmi: npt.NDArray[np.float64],
        earlier: TopicModel | None,
    ) -> None:
        self._words_of = np.ascontiguousarray(words_of, dtype=np.float32)
        self._named = 0
        self.topics = [
            Topic(
                id, name, tuple(self._vocabulary.words[column] for column in columns), round(float(value), 4)
            )
            for id, name, columns, value in zip(self._ids(earlier, len(top)), names, top, npmi, strict=True)
        ]
        ids = [topic.id for topic in self.topics]
        digest = hashlib.sha256("\0".join([self.method, *ids, "", *self._vocabulary.words]).encode())
        digest.update(self._vocabulary.idf.tobytes())
        digest.update(self._words_of.tobytes())
        self.version = digest.hexdigest()[:12]


def _unit_rows(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, length, out=np.zeros_like(rows), where=length > 0), dtype=np.float32)
