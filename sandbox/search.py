"""What people search for: suggestions, and a daily index that rises ahead of some events."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from .bursts import Event
from .lexicon import interest_index, load_interests
from .population import popularity
from .rhythm import Array

SUFFIXES = ("", "推荐", "怎么选", "入门", "多少钱", "新手", "品牌排行", "避坑")


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """Daily search volume of the interests' names and of the events."""

    seed: int
    days: int
    events: tuple[Event, ...]

    def terms(self) -> list[str]:
        """Every term that has a series."""
        return [interest.name for interest in load_interests()] + [event.name for event in self.events]

    def series(self, term: str) -> Array | None:
        """Index values by day of the window, or None for an unknown term."""
        level = self._level(term)
        if level is None:
            return None
        rng = np.random.default_rng([self.seed, zlib.crc32(term.encode())])
        values: Array = np.round(level * rng.lognormal(0.0, 0.08, self.days)).astype(np.int64)
        return values

    def _level(self, term: str) -> Array | None:
        """What the index would be without noise: a weekly wave for an interest, a decaying one for an event."""
        day = np.arange(self.days)
        for event in self.events:
            if event.name == term:
                since = day - (event.start - event.lead_hours) // 24
                return np.where(since >= 0, 20 + 60 * event.size * np.exp(-since / 3.0), 20.0)
        index = interest_index()
        if term not in index:
            return None
        level: Array = (400 + 90_000 * popularity()[index[term]]) * (1.0 + 0.12 * np.sin(2 * np.pi * day / 7))
        return level

    def suggest(self, query: str, most: int = 10) -> list[str]:
        """Completions of a query: terms that begin with it, else hold it, else whose words hold it."""
        query = query.strip()
        if not query:
            return []
        found = [term for term in self.terms() if query in term]
        for interest in load_interests():
            if query in interest.words:
                found.append(interest.name)
                found.extend(word for word in interest.words if query in word)
        found.sort(key=lambda term: not term.startswith(query))
        full = [term + suffix for term in dict.fromkeys(found) for suffix in SUFFIXES]
        return [text for text in dict.fromkeys(full) if text != query][:most]
