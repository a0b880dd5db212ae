"""Tags that a team adds to the taxonomy, and words that it strikes out: read from the ``tags.toml`` of a home."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlp.stopwords import is_content

OWN_PARENT = "自定义"
COMMON = 0.2  # a word in more than this share of all posts tells nothing apart …
COMMON_OF = 100  # … where there are so many posts
LEAST_SEEN = 2  # example posts in which a word must stand, where there are four examples or more
_SMOOTH = 0.5


class OwnTagsError(ValueError):
    """The file of own tags is not what it should be; the message names the entry."""


@dataclass(frozen=True, slots=True)
class OwnTag:
    """A tag of the team's: ``words`` start it as the seeds of a built-in tag do.

    ``examples`` is the number of posts that the words were drawn from, 0 where people chose the words.
    """

    name: str
    words: tuple[str, ...]
    parent: str = OWN_PARENT
    examples: int = 0


@dataclass(frozen=True, slots=True)
class OwnTags:
    """What ``tags.toml`` holds: own tags, and vetoes as (tag, word)."""

    tags: tuple[OwnTag, ...] = ()
    vetoes: tuple[tuple[str, str], ...] = ()

    def find(self, name: str) -> OwnTag | None:
        """The own tag of this name."""
        return next((tag for tag in self.tags if tag.name == name), None)


def read_own_tags(path: Path) -> OwnTags:
    """Read a file of own tags; no file means none. OwnTagsError tells what is wrong with it."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return OwnTags()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OwnTagsError(f"cannot read {path.name}: {error}") from error
    if unknown := sorted(set(raw) - {"tag", "veto"}):
        raise OwnTagsError(f"{path.name}: there is no section {unknown[0]!r}; write [[tag]] and [[veto]]")
    try:
        tags = tuple(OwnTag(**{**entry, "words": _texts(entry["words"])}) for entry in raw.get("tag", []))
        vetoes = tuple((str(entry["tag"]), str(entry["word"])) for entry in raw.get("veto", []))
    except (TypeError, KeyError) as error:
        raise OwnTagsError(
            f"{path.name}: a [[tag]] has name, words, parent and examples, a [[veto]] tag and word ({error})"
        ) from error
    return OwnTags(tags, vetoes)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise TypeError("words is a list of texts")
    return tuple(value)


@dataclass(frozen=True, slots=True)
class Telling:
    """A word that sets examples apart: in how many of them it stands, and how sure that is."""

    word: str
    examples: int
    z: float


def telling_words(
    examples: Sequence[Sequence[str]], others: Sequence[Sequence[str]], limit: int = 15
) -> list[Telling]:
    """Words that stand in the example posts far more often than in others, surest first.

    Log-odds with a prior, by their z-score (Monroe, Colaresi & Quinn, "Fightin' Words", Political Analysis 16, 2008).
    Posts are lists of words; content words of two characters or more count.
    """
    inside, outside = _posts_with(examples), _posts_with(others)
    least = LEAST_SEEN if len(examples) >= 2 * LEAST_SEEN else 1
    found = []
    for word, count in inside.items():
        if count < least:
            continue
        here, there = count + _SMOOTH, outside.get(word, 0) + _SMOOTH
        odds = np.log(here / (len(examples) - count + 1)) - np.log(there / (len(others) - there + 2))
        z = float(odds / np.sqrt(1 / here + 1 / there))
        if z > 1.0:
            found.append(Telling(word, count, round(z, 2)))
    return sorted(found, key=lambda one: (-one.z, -one.examples, one.word))[:limit]


def _posts_with(docs: Sequence[Sequence[str]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for doc in docs:
        for word in set(doc):
            if len(word) > 1 and is_content(word) and not word.isdigit():
                counts[word] = counts.get(word, 0) + 1
    return counts
