"""Words that the dictionary lacks: strings that hold together inside and stand free outside.

A string of characters is a word the more its parts occur together beyond chance (pointwise mutual information of its
weakest joint: K. Church, P. Hanks, "Word association norms, mutual information, and lexicography", 1990) and the more
its neighbours vary on both sides (branching entropy: Z. Jin, K. Tanaka-Ishii, "Unsupervised Segmentation of Chinese
Text by Use of Branching Entropy", ACL 2006). Longer strings are counted only where both of their shorter parts are
frequent, so that memory stays a few integers a character.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.segment import Segmenter
from nlp.stopwords import NO_EDGE, is_content, stopwords

LONGEST = 6
MOST_CHARACTERS = 8_000_000
LEAST_PMI = 3.0  # bits by which the weakest joint is above chance
LEAST_ENTROPY = 1.5  # bits on the poorer side
LEAST_ALIGNED = 0.5  # share of places where the string begins and ends between the segmenter's words
_CHAR_BITS = 16
_FIRST, _LAST = 0x3400, 0x9FFF

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NewWord:
    """A proposed word and its evidence; PMI and entropies are in bits.

    ``parts`` is how it is cut today: where each part is a word of two characters or more, it is rather a phrase.
    """

    word: str
    parts: tuple[str, ...]
    count: int
    accounts: int
    pmi: float
    left_entropy: float
    right_entropy: float

    @property
    def is_phrase(self) -> bool:
        """Whether it is put together of words that are known."""
        return all(len(part) > 1 for part in self.parts)

    @property
    def score(self) -> float:
        """By which proposals are ordered: how sure, and how widely said; a phrase counts half."""
        sure = self.pmi * min(self.left_entropy, self.right_entropy) * float(np.log2(self.accounts))
        return sure / 2 if self.is_phrase else sure


class _Text:
    """All texts as one array of characters, and who wrote each place, and where the segmenter cuts."""

    def __init__(self, texts: Sequence[str], accounts: Ints, segmenter: Segmenter) -> None:
        lengths = np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))
        kept = int(np.searchsorted(np.cumsum(lengths), MOST_CHARACTERS, side="right"))
        texts, lengths = texts[:kept], lengths[:kept]
        joined = "".join(f"\n{text}" for text in texts) + "\n"
        self.codes: Ints = np.frombuffer(joined.encode("utf-32-le"), np.uint32).astype(np.int64)
        self.account_of = np.append(np.repeat(accounts[:kept], lengths), 0)
        self.han = (self.codes >= _FIRST) & (self.codes <= _LAST)
        pieces = [piece for text in texts for piece in ("\n", *segmenter.spans(text))]
        starts = np.cumsum(np.fromiter(map(len, pieces), np.int64, len(pieces)))
        self.cut = np.zeros(self.codes.size + 1, bool)
        self.cut[np.append(0, starts)] = True

    def word(self, place: int, length: int) -> str:
        """The string of ``length`` characters that begins at a place."""
        return "".join(map(chr, self.codes[place : place + length].tolist()))


def new_words(
    texts: Sequence[str], accounts: Ints, segmenter: Segmenter, least_accounts: int, least: int = 10
) -> list[NewWord]:
    """Strings of 2 to LONGEST Chinese characters that look like words and that ``segmenter`` does not keep whole.

    ``texts`` are normalised (the first MOST_CHARACTERS characters are read), ``accounts`` numbers the author of each. A
    word was said ``least`` times or more, by at least ``least_accounts`` authors. The surest come first.
    """
    whole = _Text(texts, np.asarray(accounts, np.int64), segmenter)
    counts: list[
        Ints
    ] = []  # a length each: how often the string that begins at a place occurs, 0 for rare ones
    found: dict[str, NewWord] = {}
    places = np.flatnonzero(whole.han)
    names: Ints = whole.codes[places] - _FIRST
    for length in range(1, LONGEST + 1):
        _, first, names, times = np.unique(names, return_index=True, return_inverse=True, return_counts=True)
        often = times[names] >= least
        table = np.zeros(whole.codes.size, np.int64)
        table[places[often]] = times[names[often]]
        counts.append(table)
        if length > 1:
            for word in _judged(whole, counts, places, names, first, times, least, least_accounts, segmenter):
                found[word.word] = word
        if length == LONGEST:
            break
        # What is longer begins with a frequent string and goes on with one that begins a place later.
        after = np.minimum(places + length, whole.codes.size - 1)
        grows = often & (table[np.minimum(places + 1, table.size - 1)] > 0) & whole.han[after]
        places, names = places[grows], names[grows] << _CHAR_BITS | (whole.codes[after[grows]] - _FIRST)
    return sorted(_longest(found), key=lambda word: (-word.score, word.word))


def _judged(
    whole: _Text,
    counts: list[Ints],
    places: Ints,
    names: Ints,
    first: Ints,
    times: Ints,
    least: int,
    least_accounts: int,
    segmenter: Segmenter,
) -> list[NewWord]:
    """The strings of one length that are words by all criteria."""
    length = len(counts)
    pmi = _weakest_joint(counts, places[first], times)
    aligned = np.bincount(names, whole.cut[places] & whole.cut[places + length], times.size) / times
    one_piece = np.ones(places.size, bool)
    for inside in range(1, length):
        one_piece &= ~whole.cut[places + inside]
    known = np.bincount(names, one_piece, times.size) / times
    good = (times >= least) & (pmi >= LEAST_PMI) & (aligned >= LEAST_ALIGNED) & (known < 0.5)
    chosen = np.flatnonzero(good)
    if not chosen.size:
        return []
    here = good[names]
    places, names = places[here], np.searchsorted(chosen, names[here])
    accounts = _distinct(names, whole.account_of[places], chosen.size)
    left = _entropy(names, _neighbours(whole, places - 1), chosen.size)
    right = _entropy(names, _neighbours(whole, places + length), chosen.size)
    fine = (accounts >= least_accounts) & (np.minimum(left, right) >= LEAST_ENTROPY)
    words = []
    for at in np.flatnonzero(fine).tolist():
        word = whole.word(int(places[np.argmax(names == at)]), length)
        pieces = segmenter.cut(word)
        if not ({pieces[0], pieces[-1]} & (stopwords() | NO_EDGE)) and any(map(is_content, pieces)):
            evidence = (float(round(value, 2)) for value in (pmi[chosen[at]], left[at], right[at]))
            words.append(NewWord(word, tuple(pieces), int(times[chosen[at]]), int(accounts[at]), *evidence))
    return words


def _weakest_joint(counts: list[Ints], places: Ints, times: Ints) -> Floats:
    """PMI in bits of each string at its weakest joint."""
    length = len(counts)
    total = float(counts[0].astype(bool).sum())
    weakest = np.full(times.size, np.inf)
    for joint in range(1, length):
        before, after = counts[joint - 1][places], counts[length - joint - 1][places + joint]
        with np.errstate(divide="ignore"):
            bits = np.log2(times * total / (before.astype(float) * after))
        weakest = np.minimum(weakest, bits)
    return weakest


def _neighbours(whole: _Text, places: Ints) -> Ints:
    """The character at each place; whatever ends a run of Chinese is one and the same neighbour."""
    return np.where(whole.han[places], whole.codes[places], 0)


def _entropy(names: Ints, neighbours: Ints, size: int) -> Floats:
    """Entropy in bits of the neighbours of each name."""
    pairs = np.stack([names, neighbours])
    (owner, _), times = np.unique(pairs, axis=1, return_counts=True)
    share = times / np.bincount(owner, times, size)[owner]
    return np.asarray(np.bincount(owner, -share * np.log2(share), size))


def _distinct(names: Ints, values: Ints, size: int) -> Ints:
    owner = np.unique(np.stack([names, values]), axis=1)[0]
    return np.bincount(owner, minlength=size)


def _longest(found: dict[str, NewWord]) -> list[NewWord]:
    """Without strings that hardly occur but inside a longer one that is a word itself."""
    inside: dict[str, int] = {}
    for word, entry in found.items():
        for start in range(len(word)):
            for end in range(start + 2, len(word) + 1):
                if end - start < len(word) and word[start:end] in found:
                    inside[word[start:end]] = max(inside.get(word[start:end], 0), entry.count)
    return [entry for word, entry in found.items() if inside.get(word, 0) < 0.7 * entry.count]
