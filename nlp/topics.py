"""Topics of short texts: groups of words that keep company, and which of them a text is about."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from nlp.cooccurrence import Pairs, cooccurrences, npmi_of, word_affinity
from nlp.documents import Vocabulary, distinct_sample, learn_vocabulary

Docs = Sequence[Sequence[str]]
Floats = npt.NDArray[np.float32]
Method = Literal["affinity-nmf", "gensim-nmf", "gensim-lda"]

TOP_WORDS = 10  # by how many words a topic is shown and its coherence measured
FIT_DOCS = 30_000  # a fit looks at no more distinct texts than this
MIN_COSINE = 0.08  # a text that is less like its best topic than this is about none


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: `id` is its place by size ("t00" the largest), `npmi` its coherence (-1 to 1)."""

    id: str
    name: str
    words: tuple[str, ...]
    npmi: float


class TopicModel:
    """Topics by non-negative factors of the words' affinity, assigned to texts by cosine.

    The default method factorises not texts x words but words x words: normalised pointwise mutual
    information times the logarithm of how often two words share a text. A single short text says little
    about a word, all of them together say much (T. Shi et al., "Short-Text Topic Modeling via Non-negative
    Matrix Factorization Enriched with Local Word-Context Correlations", WWW 2018); and the cost does not
    grow with the number of texts. On 30,000 Weibo topics its NPMI is 0.47 where NMF of TF-IDF has 0.03,
    `gensim-nmf` -0.16 and `gensim-lda` -0.25 (kept for comparison). Incoherent and doubled topics are dropped.

    `k` is the number of topics looked for; None takes the root of a twentieth of the texts, 5 to 60.
    Learned: `topics`, `npmi_` (mean coherence), `diversity_` (share of distinct words among the top words),
    `version` (changes with anything learned).
    """

    def __init__(self, k: int | None = None, seed: int = 7, method: Method = "affinity-nmf") -> None:
        if k is not None and k < 1:
            raise ValueError("k must be at least 1")
        self.k = k
        self.seed = seed
        self.method = method
        self.topics: list[Topic] = []
        self.version = ""
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

    def fit(self, docs: Docs) -> Self:
        """Learn the topics of texts given as words. Repeated texts count once; too few texts give no topic."""
        sample = distinct_sample(docs, FIT_DOCS, self.seed)
        self._vocabulary = learn_vocabulary(sample)
        counts = self._vocabulary.counts(sample)
        wanted = self.k or int(np.clip(round((len(sample) / 20) ** 0.5), 5, 60))
        size = min(wanted, len(self._vocabulary.words) // 3, len(sample))
        if size < 1:
            self._keep([], np.zeros((0, len(self._vocabulary.words)), np.float32), np.zeros(0))
            return self
        pairs = cooccurrences(counts)
        factors = self._factorise(pairs, sample, size)
        top = [np.argsort(-row, kind="stable")[:TOP_WORDS] for row in factors]
        coherence = npmi_of(top, pairs)
        good = _worth_keeping(factors, top, coherence, drop=self.k is None)
        # Roots, so that not the two or three heaviest words decide alone (Weibo categories: 0.68 right, else 0.67).
        self._words_of = _unit_rows(np.sqrt(factors[good]))
        index, _ = self.assign(sample)
        size_of = np.bincount(index[index >= 0], minlength=len(good))
        order = np.argsort(-size_of, kind="stable")
        kept = [good[place] for place in order]
        self._keep([top[row] for row in kept], self._words_of[order], coherence[kept])
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
            "version": self.version,
            "words": self._vocabulary.words,
            "topics": [asdict(topic) for topic in self.topics],
        }
        (folder / "topics.json").write_text(json.dumps(learned, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        learned = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
        model = cls(learned["k"], learned["seed"], learned["method"])
        with np.load(folder / "topics.npz") as arrays:
            model._vocabulary = Vocabulary(learned["words"], arrays["idf"])
            model._words_of = arrays["words_of"]
        model.topics = [Topic(t["id"], t["name"], tuple(t["words"]), t["npmi"]) for t in learned["topics"]]
        model.version = learned["version"]
        return model

    def _factorise(self, pairs: Pairs, sample: Docs, size: int) -> Floats:
        if self.method != "affinity-nmf":
            from nlp.gensim_topics import gensim_factors

            return gensim_factors(self.method, self._vocabulary, sample, size, self.seed)
        from sklearn.decomposition import NMF
        from sklearn.exceptions import ConvergenceWarning
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        factors = NMF(size, init="nndsvda", max_iter=30, tol=1e-3, random_state=self.seed)
        # One thread: these products are small, and several threads add in another order each time.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            factors.fit(word_affinity(pairs, least=2 if len(sample) < 2000 else 3))
        return np.asarray(factors.components_, dtype=np.float32)

    def _keep(
        self, top: list[npt.NDArray[np.int64]], words_of: Floats, npmi: npt.NDArray[np.float64]
    ) -> None:
        self._words_of = np.ascontiguousarray(words_of, dtype=np.float32)
        self.topics = []
        for place, (columns, coherence) in enumerate(zip(top, npmi, strict=True)):
            words = tuple(self._vocabulary.words[column] for column in columns)
            self.topics.append(Topic(f"t{place:02d}", "·".join(words[:3]), words, round(float(coherence), 4)))
        digest = hashlib.sha256("\0".join([self.method, *self._vocabulary.words]).encode())
        digest.update(self._vocabulary.idf.tobytes())
        digest.update(self._words_of.tobytes())
        self.version = digest.hexdigest()[:12]


def _unit_rows(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, length, out=np.zeros_like(rows), where=length > 0), dtype=np.float32)


def _worth_keeping(
    factors: Floats, top: list[npt.NDArray[np.int64]], coherence: npt.NDArray[np.float64], drop: bool
) -> list[int]:
    """Say which topics to keep: not empty, and where `drop`, coherent and sharing few words with a better one."""
    seen: list[set[int]] = []
    good: list[int] = []
    for row in np.argsort(-coherence, kind="stable").tolist():
        words = set(top[row].tolist())
        doubled = any(len(words & other) > TOP_WORDS // 2 for other in seen)
        if factors[row].any() and not (drop and (coherence[row] <= 0 or doubled)):
            seen.append(words)
            good.append(row)
    return sorted(good)
