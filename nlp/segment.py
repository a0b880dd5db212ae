"""Cut Chinese text into words: rjieba in bulk, jieba as the reference, one user dictionary for both."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from importlib.metadata import version
from typing import Any

import rjieba

# Longer runs are cut in pieces: jieba's route over a sentence takes time and memory in proportion to its length.
_LONGEST_RUN = 5_000
_OTHER_LETTERS = r"\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u3041-\u3096\u30a1-\u30fa\u30fc\uac00-\ud7af"
_FOREIGN = re.compile(f"[{_OTHER_LETTERS}]")
_FOREIGN_RUN = re.compile(f"[A-Za-z]*[{_OTHER_LETTERS}][A-Za-z{_OTHER_LETTERS}]*")
_WORD = re.compile(r"[\w\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]")
_PUNCTUATION = re.compile(
    r"[\u2010-\u205e\u2190-\u21ff\u2200-\u22ff\u2500-\u257f\u3000-\u3003\u3008-\u3020\u3030]+"
)


class Segmenter:
    """Words of a text, Latin letters in lower case, spaces and punctuation left out, emoji kept.

    ``user_words`` are kept whole where the dictionary's probabilities allow (taxonomy words, hashtags). A Segmenter
    pickles as its user words and is rebuilt on the other side, since rjieba's dictionary does not pickle.
    """

    def __init__(self, user_words: Iterable[str] = ()) -> None:
        words = {word.strip() for word in user_words}
        self.user_words: tuple[str, ...] = tuple(sorted(word for word in words if _fits(word)))
        self._jieba: Any = rjieba.Jieba()
        for word in self.user_words:
            for form in _forms(word):
                self._jieba.add_word(form, None, None)

    def cut(self, text: str) -> list[str]:
        """The words of one normalised text, in their order."""
        if text.isascii() or (len(text) <= _LONGEST_RUN and not _FOREIGN.search(text)):
            return _kept(self._jieba.cut(text))
        pieces = (text[start : start + _LONGEST_RUN] for start in range(0, len(text), _LONGEST_RUN))
        return _kept(word for piece in pieces for word in self._cut_mixed(piece))

    def cut_all(self, texts: Sequence[str]) -> list[list[str]]:
        """:meth:`cut` of each text."""
        return [self.cut(text) for text in texts]

    def spans(self, text: str) -> list[str]:
        """The raw pieces, punctuation and all; joined they are the text. For comparison with the reference."""
        return list(self._jieba.cut(text))

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


def agreement(left: Sequence[Sequence[str]], right: Sequence[Sequence[str]]) -> float:
    """Share of character spans that two segmentations of the same texts have in common (F1), 1.0 for no text."""
    shared = total = 0
    for one, other in zip(left, right, strict=True):
        mine, theirs = _offsets(one), _offsets(other)
        shared += 2 * len(mine & theirs)
        total += len(mine) + len(theirs)
    return shared / total if total else 1.0


def _offsets(pieces: Sequence[str]) -> set[tuple[int, int]]:
    found, at = set(), 0
    for piece in pieces:
        found.add((at, at + len(piece)))
        at += len(piece)
    return found


def _fits(word: str) -> bool:
    # Words of Latin letters alone stay out: they stand whole without help, and "ai" would cut "email" in three.
    return 1 < len(word) <= 20 and not word.isascii() and not any(char.isspace() for char in word)


def _forms(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((word, word.lower(), word.upper())))


@lru_cache(maxsize=1 << 18)
def _form(piece: str) -> str:
    """A piece as a word, or nothing where it is space or punctuation."""
    return piece.lower() if _WORD.search(piece) and not _PUNCTUATION.fullmatch(piece) else ""


def _kept(pieces: Iterable[str]) -> list[str]:
    return [word for word in map(_form, pieces) if word]
