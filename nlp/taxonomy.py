"""The two-level tree of interests with the seed words of each, read from ``taxonomy.toml``."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from nlp.normalise import normalise
from nlp.own_tags import OwnTags, read_own_tags

BUILT_IN = Path(__file__).with_name("taxonomy.toml")


class TaxonomyError(ValueError):
    """The taxonomy file is not what it should be; the message names the entry."""


@dataclass(frozen=True)
class Taxonomy:
    """Interests: ``seeds`` maps each second-level tag to its words (lower case, its own name first).

    ``negative[tag][word]`` holds the context words beside which ``word`` says nothing about ``tag``; ``own`` names the
    team's own tags. Tag names are unique across the tree, so a tag alone names its place.
    """

    parent_of: Mapping[str, str]
    seeds: Mapping[str, tuple[str, ...]]
    negative: Mapping[str, Mapping[str, frozenset[str]]]
    own: frozenset[str] = frozenset()

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Second-level tags in the file's order: the columns of every tag matrix."""
        return tuple(self.parent_of)

    @cached_property
    def parents(self) -> tuple[str, ...]:
        """Top interests in the file's order."""
        return tuple(dict.fromkeys(self.parent_of.values()))

    @cached_property
    def version(self) -> str:
        """Hash of the content: models fitted with another taxonomy say so."""
        parts = [f"{tag}<{self.parent_of[tag]}:{' '.join(self.seeds[tag])}" for tag in self.tags]
        parts += [
            f"{tag}~{word}~{' '.join(sorted(context))}"
            for tag, words in self.negative.items()
            for word, context in words.items()
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, for a model to be saved with."""
        return {
            "parent_of": dict(self.parent_of),
            "seeds": {tag: list(words) for tag, words in self.seeds.items()},
            "negative": {
                tag: {word: sorted(context) for word, context in words.items()}
                for tag, words in self.negative.items()
            },
            "own": sorted(self.own),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Taxonomy:
        """The reverse of :meth:`to_dict`; KeyError where a part is missing."""
        return cls(
            dict(raw["parent_of"]),
            {tag: tuple(words) for tag, words in raw["seeds"].items()},
            {
                tag: {word: frozenset(context) for word, context in words.items()}
                for tag, words in raw["negative"].items()
            },
            frozenset(raw.get("own", ())),
        )

    def words_of(self, tag: str) -> tuple[str, ...]:
        """The seed words of a second-level tag; KeyError for a name that is not one."""
        return self.seeds[tag]

    def words(self) -> frozenset[str]:
        """Every seed word: the user dictionary of the segmenter."""
        return frozenset(word for words in self.seeds.values() for word in words)

    def children_of(self, parent: str) -> tuple[str, ...]:
        """The second-level tags below a top interest."""
        return tuple(tag for tag, above in self.parent_of.items() if above == parent)

    def extended(self, own: OwnTags) -> Taxonomy:
        """The same with a team's own tags, and without the seed words that it struck out.

        TaxonomyError for a name that is taken, or a word struck out of a tag that there is not.
        """
        parent_of, seeds = dict(self.parent_of), dict(self.seeds)
        for tag in own.tags:
            if tag.name in parent_of or tag.name in self.parents:
                raise TaxonomyError(f"{tag.name} is a tag or top interest already")
            if tag.parent in parent_of or tag.parent == tag.name:
                raise TaxonomyError(f"{tag.parent} is a tag, not a top interest: nothing can stand below it")
            parent_of[tag.name] = tag.parent
            seeds[tag.name] = _words(" ".join((tag.name, *tag.words)))
        for name, word in own.vetoes:
            if name in seeds and word.lower() != name.lower():
                seeds[name] = tuple(seed for seed in seeds[name] if seed != word.lower())
        negative = {
            tag: {word: context for word, context in words.items() if word in seeds[tag]}
            for tag, words in self.negative.items()
        }
        return Taxonomy(parent_of, seeds, negative, frozenset(tag.name for tag in own.tags))


def taxonomy_with(own: Path) -> Taxonomy:
    """The built-in taxonomy with the own tags of a file (none where it is absent); read again when it changes."""
    try:
        return _with_own(own, own.read_bytes())
    except OSError:
        return _with_own(own, b"")


@lru_cache(maxsize=8)
def _with_own(path: Path, content: bytes) -> Taxonomy:
    return load_taxonomy().extended(read_own_tags(path) if content else OwnTags())


def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """Read a taxonomy file (the built-in one by default); TaxonomyError tells what is wrong with it."""
    source = path or BUILT_IN
    try:
        raw = tomllib.loads(source.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TaxonomyError(f"cannot read the taxonomy {source.name}: {error}") from error
    tree = raw.get("interests")
    if not isinstance(tree, dict) or not tree:
        raise TaxonomyError("a taxonomy needs at least one [interests.NAME] table")
    parent_of: dict[str, str] = {}
    seeds: dict[str, tuple[str, ...]] = {}
    for parent, children in tree.items():
        if not isinstance(children, dict) or not children:
            raise TaxonomyError(f"{parent} has no interests below it")
        for tag, words in children.items():
            if tag in parent_of:
                raise TaxonomyError(f"{tag} stands twice: below {parent_of[tag]} and below {parent}")
            parent_of[tag] = parent
            seeds[tag] = _words(f"{tag} {words}") if isinstance(words, str) else ()
            if len(seeds[tag]) < 2:
                raise TaxonomyError(f"{tag} has no words: give them as one text, split by spaces")
    clash = set(parent_of) & set(tree)
    if clash:
        raise TaxonomyError(f"{', '.join(sorted(clash))}: both a top interest and one below")
    return Taxonomy(parent_of, seeds, _negative(raw.get("negative", {}), seeds))


def _negative(
    raw: Mapping[str, Mapping[str, str]], seeds: Mapping[str, tuple[str, ...]]
) -> dict[str, dict[str, frozenset[str]]]:
    found: dict[str, dict[str, frozenset[str]]] = {}
    for tag, words in raw.items():
        if tag not in seeds:
            raise TaxonomyError(f"[negative] names {tag}, which is no interest")
        found[tag] = {}
        for word, context in words.items():
            if word.lower() not in seeds[tag]:
                raise TaxonomyError(f"[negative] names {word}, which is no seed word of {tag}")
            found[tag][word.lower()] = frozenset(_words(context))
    return found


def _words(text: str) -> tuple[str, ...]:
    """Split on spaces, normalise as posts are, lower the case, drop repeats; keeps the order."""
    return tuple(dict.fromkeys(normalise(text).lower().split()))
