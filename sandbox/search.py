"""What people search for: suggestions, and a daily index that rises ahead of some events."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from .bursts import Event
from .lexicon import load_interests
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
        rng = np.random.default_rng([self.seed, zlib.crc32(term.encode())])
        day = np.arange(self.days)
        noise = rng.lognormal(0.0, 0.08, self.days)
        for event in self.events:
            if event.name == term:
                peak = (event.start - event.lead_hours) / 24.0
                since = day - np.floor(peak)
                wave = np.where(since >= 0, np.exp(-since / 3.0), 0.0) * 60 * event.size
                return np.round((20 + wave) * noise).astype(np.int64)
        for i, interest in enumerate(load_interests()):
            if interest.name == term:
                level = 400 + 90_000 * popularity()[i]
                level = level * (1.0 + 0.12 * np.sin(2 * np.pi * day / 7))
                return np.round(level * noise).astype(np.int64)
        return None

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
