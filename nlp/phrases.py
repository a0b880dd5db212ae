"""Phrases of two words that belong together (露营装备, new york): terms that one word alone does not name.

gensim's Phrases counts pairs and scores them by normalised pointwise mutual information (G. Bouma, "Normalized
(Pointwise) Mutual Information in Collocation Extraction", 2009); stop words and numbers never make a phrase.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import polars as pl

from nlp.stopwords import NO_EDGE, is_content, stopwords

LEAST_NPMI = 0.5
LEAST_POSTS = 10
MOST_PHRASES = 5_000
_FILE = "phrases.json"


class PhraseModel:
    """Learned phrases by which posts are marked. Learned: `phrases` (pairs of words, the commonest first), `version`."""

    def __init__(self) -> None:
        self.phrases: list[tuple[str, str]] = []

    def fit(self, docs: Sequence[Sequence[str]]) -> Self:
        """Learn the phrases of texts given as words; too few texts give none."""
        from gensim.models.phrases import Phrases

        model = Phrases(
            docs,
            min_count=LEAST_POSTS,
            threshold=LEAST_NPMI,
            scoring="npmi",
            delimiter=" ",
            connector_words=stopwords(),
        )
        pairs = (tuple(name.split(" ")) for name in model.export_phrases())
        # A connector may stand inside (学 会 了); a phrase here is two words that touch.
        found = [(pair[0], pair[1]) for pair in pairs if len(pair) == 2 and all(map(_fit, pair))]
        found.sort(key=lambda pair: (-model.vocab[f"{pair[0]} {pair[1]}"], pair))
        self.phrases = found[:MOST_PHRASES]
        self.__dict__.pop("version", None)
        return self

    def find(self, words: Sequence[str]) -> list[list[str]]:
        """The phrases in each post, once each, sorted; ``words`` are the post's, joined by one space."""
        if not self.phrases or not len(words):
            return [[] for _ in words]
        patterns = [f" {first} {second} " for first, second in self.phrases]
        column = pl.Series("text", words, dtype=pl.String)
        found = pl.select(pl.format(" {} ", column)).to_series().str.extract_many(patterns, overlapping=True)
        shown = self._shown
        return [sorted({shown[each] for each in several}) if several else [] for several in found.to_list()]

    @cached_property
    def version(self) -> str:
        """Hash of the phrases."""
        return hashlib.sha256(json.dumps(self.phrases).encode()).hexdigest()[:12]

    def save(self, folder: Path) -> None:
        """Write ``phrases.json`` into a folder that exists."""
        (folder / _FILE).write_text(json.dumps(self.phrases, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; OSError or ValueError where it is absent or damaged."""
        model = cls()
        model.phrases = [(first, second) for first, second in json.loads((folder / _FILE).read_text("utf-8"))]
        return model

    @property
    def _shown(self) -> dict[str, str]:
        return {f" {first} {second} ": as_term(first, second) for first, second in self.phrases}


def as_term(first: str, second: str) -> str:
    """A phrase as people write it: with a space only between Latin words."""
    return f"{first} {second}" if first[-1].isascii() and second[0].isascii() else first + second


def _fit(word: str) -> bool:
    return is_content(word) and word not in NO_EDGE and any(char.isalpha() for char in word)
