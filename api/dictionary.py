"""The user dictionary as the command line and the API show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from mining.dictionary import DictionaryChange, add_words, load_words, remove_words, words_in_force
from mining.suggest import examples, suggestions
from privacy.disclosure import Disclosure, Role
from privacy.home import Home
from privacy.sensitive import sensitive_matter


class DictionaryAnswer(BaseModel):
    """The user's words, sorted, and those of them that the next mining run will begin to keep whole."""

    words: list[str]
    total: int
    pending: list[str] = Field(description="not yet in force: renqun mine")


class DictionaryWords(BaseModel):
    """Words to add."""

    words: list[str] = Field(min_length=1, max_length=1_000, examples=[["氛围感", "显眼包"]])


class DictionaryChanged(BaseModel):
    """What a change did."""

    changed: list[str]
    unchanged: list[str] = Field(description="were there already")
    total: int


class Suggestion(BaseModel):
    """A proposed word and why."""

    word: str
    parts: list[str] = Field(description="how it is cut today")
    kind: Literal["word", "phrase"] = Field(description="a phrase is put together of known words")
    count: int = Field(description="times said, rounded")
    accounts: int = Field(description="by how many, rounded; never under k")
    pmi: float = Field(description="bits by which its weakest joint is above chance")
    left_entropy: float = Field(description="bits of variety before it")
    right_entropy: float = Field(description="bits of variety after it")
    examples: list[str] = Field(description="what was written around it; for planners")


class SuggestionAnswer(BaseModel):
    """Words that posts use and the dictionary lacks, the surest first."""

    k: int
    words: list[Suggestion]


def suggest(home: Home, limit: int, role: Role) -> SuggestionAnswer:
    """Proposals said by at least k accounts; examples for planners, and none of a sensitive matter."""
    disclosure = Disclosure.from_settings()
    found = suggestions(home, disclosure.k)[:limit]
    told: dict[str, list[str]] = {}
    if found and role.rank >= Role.PLANNER.rank:
        told = examples(home, [one.word for one in found if sensitive_matter(one.word) is None])
    words = [
        Suggestion(
            word=one.word,
            parts=list(one.parts),
            kind="phrase" if one.is_phrase else "word",
            count=disclosure.rounded(one.count),
            accounts=disclosure.rounded(one.accounts),
            pmi=one.pmi,
            left_entropy=one.left_entropy,
            right_entropy=one.right_entropy,
            examples=[text for text in told.get(one.word, ()) if sensitive_matter(text) is None],
        )
        for one in found
    ]
    return SuggestionAnswer(k=disclosure.k, words=words)


def dictionary_of(home: Home) -> DictionaryAnswer:
    """The user dictionary."""
    words = load_words(home)
    known = words_in_force(home)
    return DictionaryAnswer(
        words=words, total=len(words), pending=[word for word in words if word not in known]
    )


def add(home: Home, words: Sequence[str]) -> DictionaryChanged:
    """Add words; BadInputError for what is no word."""
    return _told(add_words(home, words))


def remove(home: Home, words: Sequence[str]) -> DictionaryChanged:
    """Remove words; NotFoundError for one that is not there."""
    return _told(remove_words(home, words))


def _told(change: DictionaryChange) -> DictionaryChanged:
    return DictionaryChanged(changed=change.changed, unchanged=change.unchanged, total=change.total)
