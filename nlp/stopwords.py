"""Words that carry no meaning of their own: left out of topics, terms and learned lexicons, kept in phrases."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("stopwords.txt")


# With these a word or phrase neither begins nor ends, though they are no stop words: units, what introduces a report.
NO_EDGE = frozenset("岁级据称系含至已该处第届期因于将获被可应需均仅约达超近")


@cache
def stopwords() -> frozenset[str]:
    """The list of ``stopwords.txt``: function words, pronouns, particles, numerals, platform boilerplate."""
    lines = _FILE.read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def is_content(word: str) -> bool:
    """Whether a word can stand for a matter: no stop word, no number, no lone Latin letter or kana."""
    if word in stopwords() or word[0].isdigit():
        return False
    return not (len(word) == 1 and (word.isascii() or "\u3040" <= word <= "\u30ff"))
