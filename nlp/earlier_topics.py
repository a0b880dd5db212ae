"""What earlier topics tell of a new one: similar titles of the last days, and how topics with its words went.

Everything is as of the hour in which a topic is first seen: heats up to the hour before, outcomes of topics that
have had a day and a half and are absorbed three days later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Matrix = Any  # scipy.sparse.csr_matrix

SIMILAR, CLOSE = 0.2, 0.4  # cosine of titles from which on they count as similar, as close
SIMILAR_HOURS = 72
SIMILAR_NUMBERS = 8
WORD_NUMBERS = 8
_BITS = 20
_PRIOR = 3.0  # topics of a word's past that its own weigh against
_LATER = 3  # days after which a day's outcomes are absorbed
_HALF_LIVES = (20.0, 200.0)  # days


def title_pairs(titles: Sequence[str]) -> Matrix:
    """Pairs of neighbouring characters of each title, hashed: titles x 2^18, ones."""
    hashing = HashingVectorizer(
        analyzer="char", ngram_range=(2, 2), n_features=2**18, alternate_sign=False, norm=None, binary=True
    )
    return hashing.transform(titles).tocsr()


def rarity(pairs: Matrix) -> Floats:
    """How rare each pair is: the inverse document frequency."""
    seen = np.asarray((pairs > 0).sum(axis=0)).ravel()
    return np.asarray(np.log((pairs.shape[0] + 1) / (seen + 1)))


def similar_numbers(board: pl.DataFrame, sights: pl.DataFrame, idf: Floats) -> tuple[Floats, Ints]:
    """Compare each new topic with those first seen in the 72 hours before it, by their titles.

    Gives the highest cosine, similar titles, the highest and mean log heat that those had reached, the highest of those
    listed within two hours, close titles, similar ones above a million, heat of the most similar; and the row of the
    most similar in `sights` (-1: none).
    """
    vectors = normalize(title_pairs(sights["term"].to_list()) @ sparse.diags(idf)).tocsr()
    hour, seen = _hours(sights["at"]), _Seen(board, sights)
    numbers = np.zeros((sights.height, SIMILAR_NUMBERS))
    nearest = np.full(sights.height, -1, np.int64)
    for now in np.unique(hour).tolist():
        first, last = np.searchsorted(hour, [now, now + 1])
        low = int(np.searchsorted(hour, now - SIMILAR_HOURS))
        seen.advance(now)
        if low == first:
            continue
        alike = (vectors[first:last] @ vectors[low:first].T).tocsr()
        for place in range(last - first):
            part = slice(alike.indptr[place], alike.indptr[place + 1])
            cosine, other = alike.data[part], alike.indices[part] + low
            kept = cosine > SIMILAR
            if kept.any():
                cosine, other = cosine[kept], other[kept]
                numbers[first + place] = _alike(cosine, seen.heat[other], now - seen.last[other])
                nearest[first + place] = other[int(cosine.argmax())]
    return numbers, nearest


def _alike(cosine: Floats, heat: Floats, ago: Floats) -> tuple[float, ...]:
    listed = heat[ago <= 2]
    return (
        float(cosine.max()),
        float(len(cosine)),
        float(np.log(heat.max() + 1)),
        float(np.log((cosine * heat).sum() / cosine.sum() + 1)),
        float(np.log(listed.max() + 1)) if len(listed) else 0.0,
        float((cosine > CLOSE).sum()),
        float((heat >= 1e6).sum()),
        float(heat[cosine.argmax()]),
    )


class _Seen:
    """The highest heat of each topic so far, and when it was last listed, as the hours go by."""

    def __init__(self, board: pl.DataFrame, sights: pl.DataFrame) -> None:
        number = sights.select("term").with_row_index("n")
        rows = board.select("term", "at", "volume").drop_nulls("volume").join(number, on="term").sort("at")
        self._topic, self._heat = rows["n"].to_numpy(), rows["volume"].to_numpy()
        self._hour = _hours(rows["at"])
        self._done = 0
        self.heat = np.zeros(sights.height)
        self.last = np.full(sights.height, -1e6)

    def advance(self, now: int) -> None:
        """Take in all hours before `now`."""
        end = int(np.searchsorted(self._hour, now))
        part = slice(self._done, end)
        np.maximum.at(self.heat, self._topic[part], self._heat[part])
        self.last[self._topic[part]] = self._hour[part]
        self._done = end


@dataclass(slots=True)
class WordOutcomes:
    """How topics went that hold a sequence of two or three characters, with a memory of 20 and of 200 days.

    Kept for each: topics, how many became big, and their log heat against the usual; all decay day by day.
    """

    day: int | None = None
    topics: list[npt.NDArray[np.float32]] = field(default_factory=lambda: _zeros(1))
    outcomes: list[npt.NDArray[np.float32]] = field(default_factory=lambda: _zeros(2))
    totals: Floats = field(default_factory=lambda: np.full((len(_HALF_LIVES), 3), 1e-9))

    def replay(self, sights: pl.DataFrame, big: Floats, reached: Floats) -> Floats:
        """Walk through the days of `sights`; give each topic its numbers as of its day (of the last day, if it was walked).

        `big` (0 or 1) and `reached` (log heat against the usual) are settled outcomes, row by row.
        """
        grams = HashingVectorizer(
            analyzer="char",
            ngram_range=(2, 3),
            n_features=2**_BITS,
            alternate_sign=False,
            norm=None,
            binary=True,
        )
        words = grams.transform(sights["term"].to_list()).tocsr()
        day = (_hours(sights["at"]) + 8) // 24
        numbers = np.zeros((sights.height, WORD_NUMBERS))
        if not len(day):
            return numbers
        begin = int(day[0]) if self.day is None else self.day + 1
        walked = slice(0, int(np.searchsorted(day, begin)))
        if walked.stop:
            numbers[walked] = self._numbers(words[walked])
        for today in range(begin, int(day[-1]) + 1):
            learned = slice(*np.searchsorted(day, [today - _LATER, today - _LATER + 1]).tolist())
            self._absorb(words[learned], big[learned], reached[learned])
            asked = slice(*np.searchsorted(day, [today, today + 1]).tolist())
            if asked.stop > asked.start:
                numbers[asked] = self._numbers(words[asked])
            self.day = today
        return numbers

    def _absorb(self, words: Matrix, big: Floats, reached: Floats) -> None:
        for number, half_life in enumerate(_HALF_LIVES):
            left = 0.5 ** (1 / half_life)
            self.topics[number] *= left
            self.outcomes[number] *= left
            self.totals[number] *= left
            if words.shape[0]:
                self.topics[number] += np.asarray(words.sum(axis=0)).ravel()
                self.outcomes[number][0] += words.T @ big
                self.outcomes[number][1] += words.T @ reached
                self.totals[number] += (big.sum(), reached.sum(), len(big))

    def _numbers(self, words: Matrix) -> Floats:
        """Mean and highest log ratio of becoming big, mean and highest excess heat; for both memories."""
        columns = []
        for number in range(len(_HALF_LIVES)):
            big, reached, topics = self.totals[number]
            usual_big, usual_heat = big / topics, reached / topics
            count = self.topics[number][words.indices] + _PRIOR
            became = (self.outcomes[number][0][words.indices] + _PRIOR * usual_big) / count
            heat = (self.outcomes[number][1][words.indices] + _PRIOR * usual_heat) / count - usual_heat
            for value in (np.log(became / max(usual_big, 1e-4) + 0.1), heat):
                columns += [_mean(words, value), _highest(words, value)]
        return np.column_stack(columns)


def _mean(words: Matrix, value: Floats) -> Floats:
    held = sparse.csr_matrix((value, words.indices, words.indptr), shape=words.shape)
    return np.asarray(np.asarray(held.sum(axis=1)).ravel() / np.maximum(np.diff(words.indptr), 1))


def _highest(words: Matrix, value: Floats) -> Floats:
    lengths = np.diff(words.indptr)
    found = np.zeros(len(lengths))
    some = lengths > 0
    if some.any():
        found[some] = np.maximum.reduceat(value, words.indptr[:-1][some])
    return found


def _zeros(rows: int) -> list[npt.NDArray[np.float32]]:
    shape = (2**_BITS,) if rows == 1 else (rows, 2**_BITS)
    return [np.zeros(shape, np.float32) for _ in _HALF_LIVES]


def _hours(at: pl.Series) -> Ints:
    return np.asarray(at.dt.epoch("s").to_numpy() // 3600, dtype=np.int64)
