"""Cut Chinese text into words: rjieba in bulk, jieba as the reference, one user dictionary for both."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, cast

import rjieba

# Longer runs are cut in pieces: jieba's route over a sentence takes time and memory in proportion to its length.
_LONGEST_RUN = 5_000
LONGEST_WORD = 20
_LONGEST_PIECE = 64  # what is longer and has no joint (keys, encoded files, aaaa…) is no word
_OTHER_LETTERS = r"\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u3041-\u3096\u30a1-\u30fa\u30fc\uac00-\ud7af"
_FOREIGN = re.compile(f"[{_OTHER_LETTERS}\u200d\U0001f1e6-\U0001f1ff]")
_EMOJI = r"[\u203c-\u3299\U0001f000-\U0001faff]"
# A word of other letters, a flag of two letters, or emoji joined to one (👨‍👩‍👧).
_FOREIGN_RUN = re.compile(
    f"[A-Za-z]*[{_OTHER_LETTERS}][A-Za-z{_OTHER_LETTERS}]*|[\U0001f1e6-\U0001f1ff]{{2}}|"
    f"{_EMOJI}[\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d{_EMOJI}[\ufe0f\U0001f3fb-\U0001f3ff]*)+"
)
_STEP = 1_000_000  # a 60th of the sum of all frequencies
_FILLER = "\ufdd0\ufdd1"  # of characters that no text holds
_SEAM = "\n"  # between texts of a batch: no word of the dictionary reaches across it
_BATCH, _FEW = 256, 4  # texts cut as one; so few are cut one by one where one of them holds a foreign letter
_KNOWN_PIECES = 1 << 18
_NUMBERS = re.compile(r"\d+\.\d+[A-Za-z]|\d[\d.]*-\d")
_NUMBER_PARTS = re.compile(r"[A-Za-z\d]+(?:\.\d+)?%?|.")
_WORD = re.compile(r"[^\W_]|[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]")
_VARIANT = re.compile(r"[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")  # colour, skin: the same emoji
_PUNCTUATION = re.compile(
    r"[\U0001f3fb-\U0001f3ff\u20d0-\u20ff\u2010-\u205e\u2190-\u21ff\u2200-\u22ff\u2500-\u257f\u3000-\u3003\u3008-\u3020\u3030]+"
)


class Segmenter:
    """Words of a text, Latin letters in lower case, spaces and punctuation left out, emoji kept.

    ``user_words`` are kept whole where the dictionary's probabilities allow (taxonomy words, hashtags, the user's). A
    Segmenter pickles as its user words and is rebuilt on the other side, since rjieba's dictionary does not pickle.

    Two Segmenters of the same `weight_step` cut a text differently only where it holds a word of one of them alone:
    each word's frequency is taken from jieba's dictionary by itself, and a filler keeps the sum of all frequencies, by
    which jieba weighs a word against two, at a multiple of a million above jieba's.
    """

    def __init__(self, user_words: Iterable[str] = ()) -> None:
        words = {word.strip() for word in user_words}
        self.user_words: tuple[str, ...] = tuple(sorted(word for word in words if _fits(word)))
        self._jieba: Any = rjieba.Jieba()
        suggested = {
            form: int(self._jieba.suggest_freq(form)) for word in self.user_words for form in _forms(word)
        }
        added = sum(suggested.values()) - _frequencies(filter(self._jieba.has_word, suggested))
        for form, frequency in suggested.items():
            self._jieba.add_word(form, frequency, None)
        self.weight_step = -(-added // _STEP)
        if added:
            self._jieba.add_word(_FILLER, self.weight_step * _STEP - added, None)

    def cut(self, text: str) -> list[str]:
        """The words of one normalised text, in their order."""
        return _docs(self._pieces(text.replace(_SEAM, " ")))[0]

    def cut_all(self, texts: Sequence[str]) -> list[list[str]]:
        """:meth:`cut` of each text, twice as fast: many texts go to the dictionary as one."""
        docs: list[list[str]] = []
        for start in range(0, len(texts), _BATCH):
            docs.extend(self._cut_together(texts[start : start + _BATCH]))
        return docs

    def _cut_together(self, batch: Sequence[str]) -> Iterable[list[str]]:
        """The words of each text, cut as one; where some can't be, halves are, down to texts by themselves."""
        seamed = _SEAM.join(batch)
        apart = (
            seamed.count(_SEAM) >= len(batch)
            or max(map(len, batch)) > _LONGEST_RUN
            or _FOREIGN.search(seamed)
        )
        if not apart:
            return _docs(self._jieba.cut(seamed))
        if len(batch) <= _FEW:
            return map(self.cut, batch)
        middle = len(batch) // 2
        return chain(self._cut_together(batch[:middle]), self._cut_together(batch[middle:]))

    def spans(self, text: str) -> list[str]:
        """The pieces of a text, punctuation and all; joined they are the text."""
        return [part for piece in self._pieces(text) for part in _parts(piece)]

    def _pieces(self, text: str) -> Iterable[str]:
        if text.isascii() or (len(text) <= _LONGEST_RUN and not _FOREIGN.search(text)):
            return cast(list[str], self._jieba.cut(text))
        runs = (text[start : start + _LONGEST_RUN] for start in range(0, len(text), _LONGEST_RUN))
        return (piece for run in runs for piece in self._cut_mixed(run))

    def _cut_mixed(self, text: str) -> Iterable[str]:
        """jieba knows Han and ASCII, and cuts the letters of other scripts one by one: their runs stay whole here."""
        at = 0
        for run in _FOREIGN_RUN.finditer(text):
            yield from self._jieba.cut(text[at : run.start()])
            yield run[0]
            at = run.end()
        yield from self._jieba.cut(text[at:])

    @cached_property
    def version(self) -> str:
        """Hash of the user words and of the library that cuts: words of another version are not comparable."""
        content = "\n".join((f"rjieba {version('rjieba')}", *self.user_words))
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def __reduce__(self) -> tuple[type[Segmenter], tuple[tuple[str, ...]]]:
        return Segmenter, (self.user_words,)


def reference_spans(texts: Sequence[str], user_words: Iterable[str] = ()) -> list[list[str]]:
    """What jieba itself makes of the texts: slow (some 10,000 titles a second), the measure of the bulk path."""
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    for word in Segmenter(user_words).user_words:
        for form in _forms(word):
            tokenizer.add_word(form)
    return [tokenizer.lcut(text) for text in texts]


def shared_spans(left: Sequence[str], right: Sequence[str]) -> tuple[int, int, int]:
    """Character spans that two segmentations of one text have in common, and how many each has."""
    mine, theirs = _offsets(left), _offsets(right)
    return len(mine & theirs), len(mine), len(theirs)


def agreement(left: Sequence[Sequence[str]], right: Sequence[Sequence[str]]) -> float:
    """Share of character spans that two segmentations of the same texts have in common (F1), 1.0 for no text."""
    counts = [shared_spans(one, other) for one, other in zip(left, right, strict=True)]
    total = sum(mine + theirs for _, mine, theirs in counts)
    return sum(2 * shared for shared, _, _ in counts) / total if total else 1.0


def _offsets(pieces: Sequence[str]) -> set[tuple[int, int]]:
    found, at = set(), 0
    for piece in pieces:
        found.add((at, at + len(piece)))
        at += len(piece)
    return found


def bare(word: str) -> str:
    """A word as it stands in the words of a text when these are joined and all but letters and numbers left out."""
    return "".join(char for char in word.lower() if char.isalnum())


def _frequencies(words: Iterable[str]) -> int:
    """The sum of the frequencies that jieba's dictionary has for its own words."""
    wanted = set(words)
    if not wanted:
        return 0
    import jieba
    import polars as pl

    file = Path(jieba.__file__).with_name("dict.txt")
    names = ["word", "frequency", "kind"]
    entries = pl.read_csv(file, separator=" ", has_header=False, quote_char=None, new_columns=names)
    return int(entries.filter(pl.col("word").is_in(list(wanted)))["frequency"].sum())


def _fits(word: str) -> bool:
    # Words of Latin letters alone stay out: they stand whole without help, and "ai" would cut "email" in three.
    return 1 < len(word) <= LONGEST_WORD and not word.isascii() and not any(char.isspace() for char in word)


def _forms(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((word, word.lower(), word.upper())))


def _parts(piece: str) -> list[str]:
    """Numbers apart from their units and from each other (``3.33m``, ``600-1100``), as jieba has them; names stay."""
    return _NUMBER_PARTS.findall(piece) if piece.isascii() and _NUMBERS.match(piece) else [piece]


class _WordsOf(dict[str, tuple[str, ...]]):
    """The words that a piece stands for: mostly itself in lower case, none for space and punctuation."""

    def __missing__(self, piece: str) -> tuple[str, ...]:
        if len(self) >= _KNOWN_PIECES:
            self.clear()
        said = (part for part in _parts(piece) if _is_word(part))
        words = self[piece] = tuple(_VARIANT.sub("", part.lower()) for part in said)
        return words


_WORDS_OF = _WordsOf()


def _is_word(part: str) -> bool:
    return len(part) <= _LONGEST_PIECE and bool(_WORD.search(part)) and not _PUNCTUATION.fullmatch(part)


def _docs(pieces: Iterable[str]) -> list[list[str]]:
    """The words of each text, from the pieces of texts joined by the seam."""
    doc: list[str] = []
    docs = [doc]
    for piece in pieces:
        if piece == _SEAM:
            doc = []
            docs.append(doc)
        else:
            doc += _WORDS_OF[piece]
    return docs
