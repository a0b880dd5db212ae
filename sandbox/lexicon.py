"""The words of the sandbox: interests with their head and tail words, sentences, names. Read from ``lexicons/``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Interest:
    """A second-level interest and how people name it.

    ``head`` are the words that anyone would list, ``tail`` slang, gear, jargon, invented products and misspellings,
    ``acts`` what people say they do.
    """

    name: str
    top: str
    head: tuple[str, ...]
    tail: tuple[str, ...]
    acts: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All words of the interest, its name first."""
        return tuple(dict.fromkeys((self.name, *self.head, *self.tail, *self.acts)))


@cache
def read_data(name: str) -> dict[str, Any]:
    """Read ``lexicons/<name>.toml``."""
    return tomllib.loads(files("sandbox").joinpath("lexicons", f"{name}.toml").read_text("utf-8"))


@cache
def load_interests() -> tuple[Interest, ...]:
    """All second-level interests in the order of the file."""
    return tuple(
        Interest(name, top, tuple(words["head"]), tuple(words["tail"]), tuple(words["acts"]))
        for top, below in read_data("interests").items()
        for name, words in below.items()
    )


@cache
def interest_index() -> dict[str, int]:
    """Interest name to its position in ``load_interests()``."""
    return {interest.name: i for i, interest in enumerate(load_interests())}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every word that can stand as a hashtag or a search term, and the interest each belongs to."""

    words: tuple[str, ...]
    starts: tuple[int, ...]  # of each interest's own words; the chatter tags come after the last


@cache
def load_vocabulary() -> Vocabulary:
    """Words of all interests one after another, then the tags of chatter."""
    words: list[str] = []
    starts: list[int] = []
    for interest in load_interests():
        starts.append(len(words))
        words.extend((interest.name, *interest.head[:3], *interest.tail))
    starts.append(len(words))
    words.extend(read_data("grammar")["chatter"]["tags"])
    return Vocabulary(tuple(words), tuple(starts))
