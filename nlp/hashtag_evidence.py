"""What speaks for a hashtag on a post: posts like it and their tags, and the tag's own name in its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from nlp.documents import Docs

Floats = npt.NDArray[np.float32]
_BATCH = 500
_NEIGHBOURS = 20
# Candidates by neighbours, by the tag's centre, by its name, by the regression.
_LIKE, _NEAR, _NAMED, _TOLD = 20, 10, 12, 12
FEATURES = 26


@dataclass(frozen=True, slots=True)
class Candidates:
    """Tags worth considering: for each its post (row of the docs given), its tag (column) and what speaks for it."""

    post: npt.NDArray[np.int64]
    tag: npt.NDArray[np.int64]
    features: Floats


class Evidence:
    """Posts with known tags, against which other posts are held.

    ``tags`` gives the tags of each text as columns of ``names``; ``counts`` how often each tag is used at all, which may be
    more than the texts at hand show.
    """

    def __init__(
        self, docs: Docs, tags: Sequence[Sequence[int]], names: Sequence[str], counts: Floats
    ) -> None:
        self.names = names
        self._plain = [_plain(name) for name in names]
        rows = np.repeat(np.arange(len(docs)), [len(row) for row in tags])
        columns = np.fromiter((tag for row in tags for tag in row), np.int64)
        shape = (len(docs), len(names))
        self._tags = sparse.csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
        self._views = [
            _View(
                TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, min_df=2, dtype=np.float32),
                docs,
                self._tags,
            )
            for analyzer in (words_and_pairs, pieces)
        ]
        self._speller = TfidfVectorizer(analyzer=_letters, sublinear_tf=True, dtype=np.float32)
        spelled = self._speller.fit_transform([[name] for name in self._plain])
        self._spelled, self._parts = spelled.T.tocsr(), spelled.power(2).T.tocsr()
        held = np.asarray(self._tags.sum(axis=0)).ravel().astype(np.float32)
        there = self._named(docs)
        right = np.asarray(there.multiply(self._tags).sum(axis=0)).ravel()
        self._meant = ((right + 0.3) / (np.asarray(there.sum(axis=0)).ravel() + 1.5)).astype(np.float32)
        self._known = np.log1p(counts).astype(np.float32)
        self._held = np.log1p(held)
        self._lengths = np.array([len(name) for name in self._plain], np.float32)

    def candidates(self, docs: Docs, told: Floats) -> Candidates:
        """The tags worth considering for each text, with their features; ``told`` (texts x tags) is what another model
        says, whose best are candidates too."""
        parts = list(self._parts_of(docs, told))
        if not parts:
            return Candidates(
                np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, FEATURES), np.float32)
            )
        post, tag, features = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Candidates(post, tag, features)

    def _parts_of(
        self, docs: Docs, told: Floats
    ) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]]:
        for start in range(0, len(docs), _BATCH):
            part = docs[start : start + _BATCH]
            views = [view.hold(part) for view in self._views]
            spelled = self._speller.transform([["".join(doc)] for doc in part])
            likeness = (spelled @ self._spelled).toarray()
            spelled.data[:] = 1.0
            cover = (spelled @ self._parts).toarray()
            named = self._named(part).toarray().astype(np.float32)
            neighbours = views[0][0] + views[1][0]
            centres = views[0][1] + views[1][1]
            chosen = np.zeros(neighbours.shape, bool)
            by_name = cover + 0.01 * likeness
            by_told = told[start : start + _BATCH]
            for scores, most in (
                (neighbours, _LIKE), (centres, _NEAR), (by_name, _NAMED), (by_told, _TOLD)
            ):  # fmt: skip
                _mark(chosen, scores, most)
            post, tag = np.nonzero(chosen)
            own = [cover, likeness, named, named * self._meant[None, :]]
            scored = [one for view in views for one in view]
            columns = [one[post, tag] for one in (*scored, *own)]
            columns += [places(one, post, tag) for one in (neighbours, centres, by_name, own[3])]
            columns += [gaps(one, post, tag) for one in (neighbours, centres, own[3])]
            columns += [
                self._known[tag],
                self._held[tag],
                self._known[tag] - self._held[tag],
                self._lengths[tag],
            ]
            columns += [self._meant[tag], named.sum(axis=1)[post]]
            columns += [np.array([len(doc) for doc in part], np.float32)[post]]
            yield post + start, tag, np.stack(columns, axis=1).astype(np.float32)

    def _named(self, docs: Docs) -> sparse.csr_array:
        """Texts x tags: 1 where the tag's name stands in the text."""
        by_name: dict[str, list[int]] = {}
        for column, name in enumerate(self._plain):
            by_name.setdefault(name, []).append(column)
        lengths = sorted({len(name) for name in by_name if name})
        indices: list[int] = []
        bounds = [0]
        for doc in docs:
            text = _plain("".join(doc))
            found = {
                column
                for length in lengths
                for at in range(len(text) - length + 1)
                for column in by_name.get(text[at : at + length], ())
            }
            indices += sorted(found)
            bounds.append(len(indices))
        shape = (len(docs), len(self._plain))
        return sparse.csr_array((np.ones(len(indices), np.float32), indices, bounds), shape=shape)


class _View:
    """One way of seeing texts: nearest texts' tags, and nearness to the mean of each tag's texts."""

    def __init__(self, vectorizer: Any, docs: Docs, tags: sparse.csr_array) -> None:
        self._vectorizer = vectorizer
        self._texts = vectorizer.fit_transform(docs)
        self._across = self._texts.T.tocsr()
        self._tags = tags
        centres = (tags.T @ self._texts).tocsr()
        length = np.sqrt(np.asarray(centres.multiply(centres).sum(axis=1)).ravel())
        scale = sparse.dia_array((1.0 / np.maximum(length, 1e-6)[None, :], [0]), shape=(len(length),) * 2)
        self._centres = (scale @ centres).T.tocsr().astype(np.float32)

    def hold(self, docs: Docs) -> tuple[Floats, Floats, Floats, Floats]:
        """Texts x tags: sum of cubed cosines of all texts, cosine with the tag's centre, best neighbour, and how many."""
        rows = self._vectorizer.transform(docs)
        cosine = (rows @ self._across).toarray()
        cubed = np.asarray((self._tags.T @ (cosine**3).T).T)
        centre = (rows @ self._centres).toarray()
        best, many = np.zeros(cubed.shape, np.float32), np.zeros(cubed.shape, np.float32)
        most = min(_NEIGHBOURS, cosine.shape[1])
        nearest = np.argpartition(-cosine, most - 1, axis=1)[:, :most]
        bounds, columns = self._tags.indptr, self._tags.indices
        for row, texts in enumerate(nearest):
            for text in texts:
                tags = columns[bounds[text] : bounds[text + 1]]
                best[row, tags] = np.maximum(best[row, tags], cosine[row, text])
                many[row, tags] += 1.0
        return cubed, centre, best, many


def _mark(chosen: npt.NDArray[np.bool_], scores: Floats, most: int) -> None:
    """Mark the highest scores above 0 of each row, at most ``most``."""
    most = min(most, scores.shape[1])
    best = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    rows = np.arange(len(scores))[:, None]
    chosen[rows, best] |= scores[rows, best] > 0


def places(scores: Floats, post: npt.NDArray[np.int64], tag: npt.NDArray[np.int64]) -> Floats:
    """The place of each candidate among those of its post, 0 for the best."""
    values = scores[post, tag]
    order = np.lexsort((-values, post))
    starts = np.searchsorted(post, post)
    ranks = np.empty(len(post), np.float32)
    ranks[order] = np.arange(len(post), dtype=np.float32) - starts[order]
    return ranks


def gaps(scores: Floats, post: npt.NDArray[np.int64], tag: npt.NDArray[np.int64]) -> Floats:
    """How far each candidate is below the best of its post."""
    return np.asarray(scores[post, tag] - scores.max(axis=1)[post], dtype=np.float32)


def _plain(text: str) -> str:
    return text.replace(" ", "").lower()


def words_and_pairs(doc: Sequence[str]) -> list[str]:
    """The words of a text, and each two that follow one another."""
    return [*doc, *(f"{one} {other}" for one, other in pairwise(doc))]


def pieces(doc: Sequence[str]) -> list[str]:
    """The sequences of two to four characters of a text."""
    text = "".join(doc)
    return [text[at : at + size] for size in (2, 3, 4) for at in range(len(text) - size + 1)]


def _letters(doc: Sequence[str]) -> list[str]:
    text = _plain("".join(doc))
    return [text[at : at + size] for size in (1, 2, 3) for at in range(len(text) - size + 1)]
