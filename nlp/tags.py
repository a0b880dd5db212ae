"""Interest tags of posts: seed words, words grown from the corpus, calibrated probabilities.

Fitting looks at who wrote what; predicting is a pure function of one post and the model, so that tagging new posts
alone gives what tagging everything would.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.calibrate import PASSING, Calibrator, fit_calibrator
from nlp.features import FeatureSpace, Matrix
from nlp.growth import Lexicon, grow
from nlp.own_tags import COMMON, COMMON_OF
from nlp.stopwords import is_content
from nlp.tag_state import FORMAT, TagState
from nlp.taxonomy import Taxonomy, load_taxonomy

FIT_POSTS = 120_000  # the model is fitted on at most so many posts, whole accounts drawn by the seed
FLOOR = 0.05  # probabilities under this are not kept
FULL_LENGTH = 40  # features of a post beyond this many share their say
CUE_POSTS = 20


class TagModelError(ValueError):
    """A tag model that is not fitted, or a saved one that cannot be read."""


@dataclass(frozen=True)
class TagScores:
    """Calibrated probabilities: ``matrix`` is CSR, posts x ``tags``, float32, nothing under 0.05."""

    matrix: Matrix
    tags: tuple[str, ...]

    def lists(self, least: float = FLOOR) -> tuple[list[list[str]], list[list[float]]]:
        """Tags and their probabilities a post, likeliest first, in the shape of the annotations table."""
        names: list[list[str]] = []
        values: list[list[float]] = []
        bounds, columns, data = self.matrix.indptr, self.matrix.indices, self.matrix.data
        for start, end in pairwise(bounds.tolist()):
            pairs = sorted(
                (-p, c) for p, c in zip(data[start:end], columns[start:end], strict=True) if p >= least
            )
            names.append([self.tags[c] for _, c in pairs])
            values.append([float(-p) for p, _ in pairs])
        return names, values


@dataclass(frozen=True)
class Grown:
    """A word (``蛋卷``, ``蛋卷 桌``), hashtag (``#…``) or board (``@…``) that tells a tag, and why."""

    tag: str
    word: str
    weight: float  # log-odds of the word on the tag against off it
    z: float
    posts: float  # posts on the tag with the word
    accounts: float  # their authors
    pmi: float  # pointwise mutual information of word and tag, in bits
    seed: bool = False  # among the words that the tag began with

    @property
    def reason(self) -> str:
        """One line for the person who may veto the word."""
        return (
            f"{np.exp(min(self.weight, 9.0)):,.0f} times as frequent in posts on {self.tag} as elsewhere "
            f"(PMI {self.pmi:.1f} bits, z {self.z:.1f})"
        )


class TagModel:
    """Tags posts with second-level interests.

    ``veto`` holds grown words to leave out: a word for every tag, or ``tag:word`` for one. ``seed`` draws the
    accounts where there are too many to fit on. After :meth:`fit`: ``background`` maps each tag to the probability
    mass a post carries where its author has no such interest, which :mod:`nlp.strength` asks for.
    """

    def __init__(
        self, taxonomy: Taxonomy | None = None, veto: Collection[str] = frozenset(), seed: int = 7
    ) -> None:
        self.taxonomy = taxonomy or load_taxonomy()
        self.tags = self.taxonomy.tags
        self.veto = frozenset(word.lower() for word in veto)
        self.seed = seed
        self._state: TagState | None = None

    def fit(
        self,
        docs: Sequence[Sequence[str]],
        hashtags: Sequence[Sequence[str] | None],
        boards: Sequence[str | None],
        account_ids: Sequence[str],
    ) -> Self:
        """Learn from posts: their words (:class:`nlp.segment.Segmenter`), hashtags, boards and authors, aligned."""
        if not len(docs) == len(hashtags) == len(boards) == len(account_ids):
            raise ValueError("docs, hashtags, boards and account_ids differ in length")
        _, accounts = np.unique(np.asarray(account_ids, dtype=object).astype(str), return_inverse=True)
        drawn = self._drawn(accounts)
        if drawn.size < len(docs):
            docs, hashtags = [docs[i] for i in drawn], [hashtags[i] for i in drawn]
            boards = [boards[i] for i in drawn]
            _, accounts = np.unique(accounts[drawn], return_inverse=True)
        space = FeatureSpace.fit(docs, hashtags, boards, self._always())
        posts = _rows(space, self.taxonomy, docs, hashtags, boards)
        lexicon = grow(
            posts, self._seeds(space, posts), accounts.astype(np.int64), self._growable(space), space.parts
        )
        self._state = _calibrated(space, posts, lexicon, self._vetoed(space, lexicon))
        self._state = self._state.with_background(_background(self._scores(posts), accounts))
        self.__dict__.pop("version", None)
        return self

    def predict(
        self,
        docs: Sequence[Sequence[str]],
        hashtags: Sequence[Sequence[str] | None],
        boards: Sequence[str | None],
    ) -> TagScores:
        """Probabilities that each post is its author's own word on each interest."""
        return TagScores(
            self._scores(_rows(self._fitted.space, self.taxonomy, docs, hashtags, boards)), self.tags
        )

    def grown(self) -> list[Grown]:
        """What the corpus added to the seeds, by tag, strongest first."""
        found = [entry for entry in self._entries() if not entry.seed]
        return sorted(found, key=lambda g: (self.tags.index(g.tag), -g.z, g.word))

    def words_of(self, tag: str) -> list[Grown]:
        """What tells a tag, its seeds among them, surest first; seeds that say nothing here are left out.

        KeyError for a tag that the model does not have.
        """
        if tag not in self.taxonomy.seeds:
            raise KeyError(tag)
        found = [entry for entry in self._entries() if entry.tag == tag]
        return sorted(found, key=lambda g: (-g.z, g.word))

    def _entries(self) -> Iterator[Grown]:
        state, own = self._fitted, self.taxonomy.seeds
        entries = state.weights.tocoo()
        for row, tag, weight, (z, posts, accounts, pmi) in zip(
            entries.row, entries.col, entries.data.tolist(), state.evidence.tolist(), strict=True
        ):
            name, word = self.tags[tag], state.space.names[row]
            seed = word.removeprefix("#") in own[name] or word == f"@{name.lower()}"
            yield Grown(name, word, weight, z, posts, accounts, pmi, seed)

    @property
    def background(self) -> Mapping[str, float]:
        """Probability mass a post on each tag, among accounts without that interest."""
        return dict(zip(self.tags, map(float, self._fitted.background), strict=True))

    @cached_property
    def version(self) -> str:
        """Hash of all that predictions depend on."""
        return self._fitted.digest(self.taxonomy.version)

    def save(self, folder: Path) -> None:
        """Write ``tags.npz`` and ``tags.json`` to the folder, made where absent."""
        folder.mkdir(parents=True, exist_ok=True)
        state = self._fitted
        arrays: dict[str, Any] = dict(state.arrays())
        np.savez_compressed(folder / "tags.npz", **arrays)
        about = {
            "format": FORMAT,
            "taxonomy": self.taxonomy.to_dict(),
            "version": self.version,
            "veto": sorted(self.veto),
            "seed": self.seed,
            "names": state.space.names,
        }
        (folder / "tags.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> TagModel:
        """Read a saved model with the taxonomy it was fitted for; TagModelError where it is absent or damaged."""
        try:
            about = json.loads((folder / "tags.json").read_text("utf-8"))
            if about["format"] != FORMAT:
                raise TagModelError("the saved tag model is of another release: fit it again")
            model = cls(Taxonomy.from_dict(about["taxonomy"]), about["veto"], about["seed"])
            with np.load(folder / "tags.npz", allow_pickle=False) as arrays:
                model._state = TagState.read(about["names"], len(model.tags), arrays)
        except (OSError, KeyError, ValueError, EOFError, BadZipFile) as error:
            if isinstance(error, TagModelError):
                raise
            raise TagModelError(f"cannot read the tag model: {error}") from error
        if model.version != about["version"]:
            raise TagModelError("the saved tag model is damaged: its content does not match its version")
        return model

    def is_of(self, taxonomy: Taxonomy, veto: Collection[str]) -> bool:
        """Whether this model was fitted for these tags and seed words, with these words struck out."""
        return self.taxonomy.version == taxonomy.version and self.veto == {word.lower() for word in veto}

    @property
    def _fitted(self) -> TagState:
        if self._state is None:
            raise TagModelError("the tag model is not fitted")
        return self._state

    def _drawn(self, accounts: NDArray[np.int64]) -> NDArray[np.int64]:
        if accounts.size <= FIT_POSTS:
            return np.arange(accounts.size)
        order = np.random.default_rng(self.seed).permutation(int(accounts.max()) + 1)
        reached = np.cumsum(np.minimum(np.bincount(accounts)[order], FIT_POSTS // 4))
        chosen = order[: int(np.searchsorted(reached, FIT_POSTS, side="right"))]
        return np.flatnonzero(np.isin(accounts, chosen))[:FIT_POSTS]

    def _always(self) -> set[str]:
        contexts = (
            c for words in self.taxonomy.negative.values() for context in words.values() for c in context
        )
        return set(self.taxonomy.words()) | set(contexts) | PASSING

    def _seeds(self, space: FeatureSpace, posts: Matrix) -> Matrix:
        """Features x tags: each seed word, as a word, hashtag or board, divided by the tags it stands for.

        A word of an own tag that stands nearly everywhere is left out: it would take posts from all other tags.
        """
        everywhere = np.asarray((posts > 0).sum(axis=0)).ravel() > COMMON * max(posts.shape[0], COMMON_OF)
        entries: list[tuple[int, int]] = []
        for tag, name in enumerate(self.tags):
            own = name in self.taxonomy.own
            for word in self.taxonomy.words_of(name):
                forms = (word, f"#{word}", f"@{word}") if word == name.lower() else (word, f"#{word}")
                known = [space.column[form] for form in forms if form in space.column]
                entries += [(column, tag) for column in known if not (own and everywhere[column])]
        rows, columns = np.array(entries, dtype=np.int64).reshape(-1, 2).T
        ones = np.ones(rows.size, dtype=np.float32)
        seeds = sparse.csr_array((ones, (rows, columns)), shape=(len(space), len(self.tags)))
        return sparse.csr_array(seeds / np.maximum(np.asarray(seeds.sum(axis=1)), 1.0)[:, None])

    def _growable(self, space: FeatureSpace) -> NDArray[np.bool_]:
        return np.array(
            [name[0] in "#@" or " " in name or is_content(name) for name in space.names], dtype=bool
        )

    def _vetoed(self, space: FeatureSpace, lexicon: Lexicon) -> NDArray[np.bool_]:
        entries = lexicon.weights.tocoo()
        names = (
            (space.names[row], self.tags[tag]) for row, tag in zip(entries.row, entries.col, strict=True)
        )
        return np.array([bool(self.veto & {name, f"{tag}:{name}"}) for name, tag in names], dtype=bool)

    def _scores(self, posts: Matrix) -> Matrix:
        state = self._fitted
        rows, tags, numbers = state.pairs(posts)
        found = state.calibrator.probabilities(numbers, posts, rows)
        kept = found >= FLOOR
        shape = (posts.shape[0], len(self.tags))
        scores = sparse.csr_array((found[kept], (rows[kept], tags[kept])), shape=shape)
        scores.sort_indices()
        return scores


def _rows(
    space: FeatureSpace,
    taxonomy: Taxonomy,
    docs: Sequence[Sequence[str]],
    hashtags: Sequence[Sequence[str] | None],
    boards: Sequence[str | None],
) -> Matrix:
    """Feature rows without seed words that their context denies, long posts scaled down."""
    posts = space.matrix(docs, hashtags, boards)
    by_column = posts.tocsc()
    for word, context in _denials(taxonomy):
        column = space.column.get(word)
        others = [space.column[name] for name in sorted(context) if name in space.column]
        if column is None or not others:
            continue
        span = slice(by_column.indptr[column], by_column.indptr[column + 1])
        denied = np.asarray(by_column[:, others].sum(axis=1)) > 0
        by_column.data[span][denied[by_column.indices[span]]] = 0.0
    posts = by_column.tocsr()
    posts.eliminate_zeros()
    length = np.diff(posts.indptr)
    posts.data *= np.repeat(np.sqrt(np.minimum(1.0, FULL_LENGTH / np.maximum(length, 1))), length).astype(
        np.float32
    )
    return posts


def _denials(taxonomy: Taxonomy) -> Iterator[tuple[str, frozenset[str]]]:
    for words in taxonomy.negative.values():
        yield from words.items()


def _calibrated(space: FeatureSpace, posts: Matrix, lexicon: Lexicon, vetoed: NDArray[np.bool_]) -> TagState:
    weights = lexicon.weights.tocoo()
    kept = ~vetoed
    where = (weights.row[kept], weights.col[kept])
    evidence = np.column_stack(
        [
            np.asarray(part.tocsr()[weights.row, weights.col]).ravel()[kept]
            for part in (lexicon.z, lexicon.posts, lexicon.accounts, lexicon.pmi)
        ]
    ).astype(np.float32)
    table = sparse.csr_array((weights.data[kept], where), shape=weights.shape)
    order = np.lexsort((where[1], where[0]))
    table.sort_indices()
    blank = Calibrator(np.zeros(1, dtype=np.float32), 0.0, np.zeros(1, dtype=np.float32))
    state = TagState(space, table, evidence[order], lexicon.prior, blank, np.zeros(len(lexicon.prior)))
    rows, tags, numbers = state.pairs(posts)
    telling = np.diff(table.indptr) > 0
    common = np.asarray((posts > 0).sum(axis=0)).ravel() >= CUE_POSTS
    single = np.array([" " not in name and name[0] not in "#@" for name in space.names])
    cues = np.flatnonzero(common & single & ~telling)
    calibrator = fit_calibrator(numbers, posts, rows, lexicon.share[rows, tags], cues)
    return replace(state, calibrator=calibrator)


def _background(scores: Matrix, accounts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mass a post on each tag among the accounts whose whole evidence is under one and a half posts."""
    if not accounts.size:
        return np.full(scores.shape[1], 0.05 / 100.0)
    sizes = np.bincount(accounts)
    member = sparse.csr_array((np.ones(accounts.size), (accounts, np.arange(accounts.size))))
    mass = np.asarray((member @ scores).toarray())
    without = mass < 1.5
    posts = (without * sizes[:, None]).sum(axis=0)
    return np.asarray(((mass * without).sum(axis=0) + 0.05) / (posts + 100.0))
