"""Posts as rows of a sparse matrix: their words, telling word pairs, hashtags and board."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.normalise import normalise
from nlp.stopwords import is_content

Ids = NDArray[np.int64]
Matrix = Any  # scipy.sparse.csr_array: its stubs do not follow indexing

# Words at which a post is cut off for features: a pasted book says no more than its beginning.
LONGEST_POST = 400


class FeatureSpace:
    """The columns: words, then pairs ("蛋卷 桌"), hashtags ("#露营") and boards ("@户外").

    Pairs stand for compounds that the dictionary does not know. Names are unique, since words hold neither
    spaces nor those signs in front. ``parts`` (columns x 2) holds the two words' columns of a pair, else -1.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self.column = {name: at for at, name in enumerate(self.names)}
        self.words = {
            name: at for at, name in enumerate(self.names) if " " not in name and name[:1] not in ("#", "@")
        }
        pairs = [(at, name.split(" ")) for at, name in enumerate(self.names) if " " in name]
        width = len(self.names)
        self.parts = np.full((width, 2), -1, dtype=np.int64)
        for at, (a, b) in pairs:
            self.parts[at] = self.column[a], self.column[b]
        keys = np.array([self.column[a] * width + self.column[b] for _, (a, b) in pairs], dtype=np.int64)
        order = np.argsort(keys)
        self._pair_keys = keys[order]
        self._pair_columns = np.array([at for at, _ in pairs], dtype=np.int64)[order]

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def fit(
        cls,
        docs: Sequence[Sequence[str]],
        hashtags: Sequence[Sequence[str] | None],
        boards: Sequence[str | None],
        always: Iterable[str],
        min_posts: int = 3,
    ) -> FeatureSpace:
        """Columns for what stands in at least ``min_posts`` posts, and for the words of ``always``."""
        counts: dict[str, int] = {}
        for word in chain.from_iterable(set(doc[:LONGEST_POST]) for doc in docs):
            counts[word] = counts.get(word, 0) + 1
        words = sorted({w for w, n in counts.items() if n >= min_posts} | set(always))
        words = [word for word in words if word and " " not in word and word[0] not in "#@"]
        pairs = _telling_pairs(cls(words), docs, min_posts)
        marks: dict[str, int] = {}
        for mark in chain(_hashtag_names(hashtags), _board_names(boards)):
            for name in mark:
                marks[name] = marks.get(name, 0) + 1
        return cls(words + pairs + sorted(name for name, n in marks.items() if n >= min_posts))

    def matrix(
        self,
        docs: Sequence[Sequence[str]],
        hashtags: Sequence[Sequence[str] | None],
        boards: Sequence[str | None],
    ) -> Matrix:
        """CSR of ones (float32), posts x columns; what has no column is left out."""
        rows, ids = _word_ids(self.words, docs)
        pair_rows, pair_columns = self._pairs(rows, ids)
        known = ids >= 0
        all_rows = [rows[known], pair_rows]
        all_columns = [ids[known], pair_columns]
        for marks in (_hashtag_names(hashtags), _board_names(boards)):
            found = [
                (row, self.column[n]) for row, names in enumerate(marks) for n in names if n in self.column
            ]
            pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
            all_rows.append(pairs[:, 0])
            all_columns.append(pairs[:, 1])
        columns = np.concatenate(all_columns)
        shape = (len(docs), len(self))
        built = sparse.csr_array(
            (np.ones(columns.size, dtype=np.float32), (np.concatenate(all_rows), columns)), shape=shape
        )
        built.sum_duplicates()
        built.data[:] = 1.0
        return built

    def _pairs(self, rows: Ids, ids: Ids) -> tuple[Ids, Ids]:
        if not self._pair_keys.size or ids.size < 2:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        beside = (rows[:-1] == rows[1:]) & (ids[:-1] >= 0) & (ids[1:] >= 0)
        keys = ids[:-1][beside] * len(self) + ids[1:][beside]
        at = np.minimum(np.searchsorted(self._pair_keys, keys), self._pair_keys.size - 1)
        hit = self._pair_keys[at] == keys
        return rows[:-1][beside][hit], self._pair_columns[at[hit]]


def _word_ids(words: dict[str, int], docs: Sequence[Sequence[str]]) -> tuple[Ids, Ids]:
    """Row and column of every word in order; column -1 for a word without one."""
    cut = [doc[:LONGEST_POST] for doc in docs]
    lengths = np.fromiter(map(len, cut), dtype=np.int64, count=len(cut))
    get = words.get
    ids = np.fromiter((get(word, -1) for word in chain.from_iterable(cut)), np.int64, int(lengths.sum()))
    return np.repeat(np.arange(len(cut), dtype=np.int64), lengths), ids


def _telling_pairs(space: FeatureSpace, docs: Sequence[Sequence[str]], min_posts: int) -> list[str]:
    """Neighbours that stand together far more often than apart would explain (lift over 8, by content words)."""
    if not space.names:
        return []
    rows, ids = _word_ids(space.words, docs)
    content = np.array([is_content(name) for name in space.names])
    usable = (ids >= 0) & content[ids]
    beside = (rows[:-1] == rows[1:]) & usable[:-1] & usable[1:]
    width = len(space)
    keys, counts = np.unique(ids[:-1][beside] * width + ids[1:][beside], return_counts=True)
    often = counts >= min_posts + 1
    keys, counts = keys[often], counts[often]
    single = np.bincount(ids[ids >= 0], minlength=width)
    left, right = keys // width, keys % width
    lift = counts * float(max(ids.size, 1)) / (single[left] * single[right])
    kept = lift > 8
    return [f"{space.names[a]} {space.names[b]}" for a, b in zip(left[kept], right[kept], strict=True)]


def _hashtag_names(hashtags: Sequence[Sequence[str] | None]) -> Iterable[list[str]]:
    return (list(dict.fromkeys(f"#{_plain(tag)}" for tag in tags)) if tags else [] for tags in hashtags)


def _board_names(boards: Sequence[str | None]) -> Iterable[list[str]]:
    return ([f"@{_plain(board)}"] if board else [] for board in boards)


@lru_cache(maxsize=1 << 16)
def _plain(name: str) -> str:
    """A hashtag or board in the form of taxonomy words, however its source spells it."""
    return normalise(name).strip("# ").replace(" ", "").lower()
