"""The user dictionary as the command line and the API show it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from mining.dictionary import DictionaryChange, add_words, load_words, remove_words, words_in_force
from privacy.home import Home


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
