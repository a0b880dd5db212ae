"""What a brief says, in the words of the index: interests, tracked brands, regions, and words that people use."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from audience.engines.base import TERM_FIELD
from audience.index.opened import OpenIndex
from audience.recommend.answers import BriefMatch
from nlp.normalise import normalise
from nlp.stopwords import is_content
from nlp.taxonomy import Taxonomy
from privacy.brands import load_brands
from privacy.sensitive import sensitive_matter

_SHOWN = 20


@dataclass(slots=True)
class Read:
    """What was recognised, strongest first; ``words`` are content words that at least k people are known by."""

    matches: list[BriefMatch] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    sensitive: list[str] = field(default_factory=list)


def read_brief(index: OpenIndex, text: str, taxonomy: Taxonomy, k: int) -> Read:
    """Recognise what the index knows; matters that are sensitive are named and left out."""
    tags_of: dict[str, list[str]] = {}
    for tag, words in taxonomy.seeds.items():
        for word in words:
            tags_of.setdefault(word, []).append(tag)
    plain = normalise(text).lower()
    said = Counter(word.lower() for word in index.cut(text) if is_content(word) and len(word) > 1)
    found: dict[tuple[str, str], Counter[str]] = {}
    read = Read()
    matters: dict[str, None] = {}
    for word, times in said.items():
        if (matter := sensitive_matter(word)) is not None:
            matters[matter] = None
            continue
        named = [("tag", tag) for tag in tags_of.get(word, [])]
        named += [("parent", parent) for parent in taxonomy.parents if parent.lower() == word]
        for key in named:
            if sensitive_matter(key[1]) is None:
                found.setdefault(key, Counter())[word] += times
        if index.baseline[TERM_FIELD].get(word, 0) >= k:
            read.words.append(word)
        elif not named:
            read.unknown.append(word)
    for key in _named_whole(index, plain, k):
        found.setdefault(key, Counter())[key[1]] += 1
    whole = sum(count.total() for count in found.values()) or 1
    for (kind, value), matched in sorted(found.items(), key=lambda item: (-item[1].total(), item[0])):
        match = {
            "field": kind,
            "value": value,
            "words": sorted(matched),
            "weight": round(matched.total() / whole, 4),
        }
        read.matches.append(BriefMatch.model_validate(match))
    named_words = {word for words in found.values() for word in words}
    read.words.sort(key=lambda word: (word not in named_words, -said[word], word))
    read.unknown = read.unknown[:_SHOWN]
    read.sensitive = list(matters)
    return read


def _named_whole(index: OpenIndex, plain: str, k: int) -> list[tuple[str, str]]:
    """Tracked brands and known regions that stand in the text as they are written."""
    brands = [("follows", brand.name) for brand in load_brands(index.home)]
    regions = [("region", name) for name, people in index.baseline["region"].items() if people >= k]
    return [
        key for key in (*brands, *regions) if key[1].lower() in plain and sensitive_matter(key[1]) is None
    ]
