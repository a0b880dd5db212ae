"""Hashtags that suit a text, learned from texts whose authors gave some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nlp.documents import Docs
from nlp.hashtag_evidence import Evidence
from nlp.hashtag_ridge import TagRidge, ridge_features

_FOLDS = 5
_FORESTS = 3
_LEAST_TEXTS = 50
_LEAST_SHARED = 2 * _FOLDS  # texts that a word is in, so that whatever four fifths are learned from share one
_FILE = "hashtags.joblib"
# Tags that are less likely than this are left out beside the first: one wrong tag more costs more than it finds.
LIKELY = 0.2
_FORMAT = "3"  # of the file: another one is not read


class TooFewHashtagsError(ValueError):
    """Not enough texts with hashtags to learn from."""


class HashtagModel:
    """Candidates by like texts, by the tags' own texts, by their names and by a kernel ridge regression; ranked by boosted
    trees, which see what speaks for each.

    The ranker learns from the same texts: a fifth of them at a time is held against the other four fifths, and the regression
    tells of each text without it, so that the ranker sees what a new text would show (D. Wolpert, "Stacked generalization", 1992).

    Learned: ``names``, the tags that can be suggested.
    """

    def __init__(self, seed: int = 7) -> None:
        self.seed = seed
        self.names: list[str] = []
        self._evidence: Evidence | None = None
        self._ridge = TagRidge()
        self._rankers: list[Any] = []

    def fit(
        self,
        docs: Docs,
        tags: Sequence[Sequence[str]],
        counts: Mapping[str, int] | None = None,
        extra_docs: Docs = (),
        extra_tags: Sequence[Sequence[str]] = (),
    ) -> Self:
        """Learn from texts (words) and the tags of each.

        ``counts``: the tags to suggest, each with how often it is used at all; by default those of the texts. ``extra_docs``
        are held against but not ranked: texts of another kind. Raises TooFewHashtagsError.
        """
        if counts is None:
            counts = _counted(tags)
        self.names = sorted(counts)
        column = {name: place for place, name in enumerate(self.names)}
        known = [sorted({column[tag] for tag in row if tag in column}) for row in tags]
        more = [sorted({column[tag] for tag in row if tag in column}) for row in extra_tags]
        if sum(map(bool, known)) < _LEAST_TEXTS or len(self.names) < 2:
            raise TooFewHashtagsError(
                f"{sum(map(bool, known))} texts with {len(self.names)} hashtags are too few to learn from"
            )
        if not _share_a_word(docs):
            raise TooFewHashtagsError(f"{len(docs):,} texts share too few words to learn hashtags from")
        weights = np.array([counts[name] for name in self.names], np.float32)
        self._ridge = TagRidge().fit([*docs, *extra_docs], known + more, len(self.names))
        told = self._ridge.left_out[: len(docs)]
        self._ridge.left_out = told[:0]
        fold = np.random.default_rng(self.seed).permutation(len(docs)) % _FOLDS
        parts: list[tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]] = []
        for held in range(_FOLDS):
            rest, asked = np.flatnonzero(fold != held).tolist(), np.flatnonzero(fold == held).tolist()
            others = [docs[n] for n in rest] + list(extra_docs)
            evidence = Evidence(others, [known[n] for n in rest] + more, self.names, weights)
            found = evidence.candidates([docs[n] for n in asked], told[asked])
            right = [tag in known[asked[post]] for post, tag in zip(found.post, found.tag, strict=True)]
            by_ridge = ridge_features(told[asked], found.post, found.tag)
            parts.append((np.hstack([found.features, by_ridge]), np.array(right, bool)))
        features, right_ones = (np.concatenate(column) for column in zip(*parts, strict=True))
        self._rankers = _forests(features, right_ones, self.seed)
        self._evidence = Evidence([*docs, *extra_docs], known + more, self.names, weights)
        return self

    def suggest(self, docs: Docs, limit: int = 3, least: float = LIKELY) -> list[list[tuple[str, float]]]:
        """For each text up to ``limit`` tags with how likely each is (0 to 1), likeliest first; none where nothing speaks
        for any. Beside the first, those under ``least`` are left out. Each text is judged by itself."""
        if self._evidence is None:
            raise ValueError("the hashtag model is not fitted")
        told = self._ridge.scores(docs)
        found = self._evidence.candidates(docs, told)
        features = np.hstack([found.features, ridge_features(told, found.post, found.tag)])
        answer: list[list[tuple[str, float]]] = [[] for _ in docs]
        for post, tag, chance in _ranked(found.post, found.tag, features, self._rankers):
            if len(answer[post]) < limit and (chance >= least or not answer[post]):
                answer[post].append((self.names[tag], chance))
        return answer

    def save(self, folder: Path) -> None:
        """Write `hashtags.joblib` into a folder, in one rename."""
        import joblib

        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{_FILE}.partial"
        joblib.dump((_versions(), self), partial, compress=3)
        partial.replace(folder / _FILE)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """What `save` wrote, None where nothing did, or another release of scikit-learn.

        The file is of joblib's format, which runs code: only ever read it from the home that wrote it.
        """
        from pickle import UnpicklingError

        import joblib

        try:
            versions, model = joblib.load(folder / _FILE)
        except (OSError, ValueError, EOFError, KeyError, AttributeError, ImportError, UnpicklingError):
            return None
        return model if versions == _versions() and isinstance(model, cls) else None


def _forests(features: npt.NDArray[np.float32], right: npt.NDArray[np.bool_], seed: int) -> list[Any]:
    """Boosted forests whose chances are averaged: on the valid part of Weibo three are 0.5 points of F1 above one."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # One thread: on a busy machine several wait for each other most of the time.
    with threadpool_limits(1):
        return [
            HistGradientBoostingClassifier(
                max_iter=150,
                learning_rate=0.05,
                max_leaf_nodes=31,
                min_samples_leaf=40,
                l2_regularization=5.0,
                max_features=0.4,
                random_state=seed + one,
            ).fit(features, right)
            for one in range(_FORESTS)
        ]


def _ranked(
    post: npt.NDArray[np.int64],
    tag: npt.NDArray[np.int64],
    features: npt.NDArray[np.float32],
    rankers: list[Any],
) -> list[tuple[int, int, float]]:
    if not len(post):
        return []
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        chances = np.mean([one.predict_proba(features)[:, 1] for one in rankers], axis=0)
    order = np.lexsort((tag, -chances, post))
    return [(int(post[n]), int(tag[n]), round(float(chances[n]), 4)) for n in order]


def _share_a_word(docs: Docs) -> bool:
    texts = Counter(word for doc in docs for word in set(doc) if len(word) > 1)
    return max(texts.values(), default=0) >= _LEAST_SHARED


def _counted(tags: Sequence[Sequence[str]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in tags:
        for tag in set(row):
            counts[tag] = counts.get(tag, 0) + 1
    return counts


def _versions() -> tuple[str, ...]:
    from importlib.metadata import version

    return _FORMAT, *(version(name) for name in ("scikit-learn", "numpy", "scipy"))
