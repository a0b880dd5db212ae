"""Sentences from templates and words; each person keeps to some favourite words."""

from __future__ import annotations

import random
import re
from functools import cache, lru_cache
from typing import TypeVar

from .lexicon import Interest, load_interests, read_data

HEAD_SHARE = 0.46  # of the words chosen for an on-topic sentence
PASSING_HEAD_SHARE = 0.5
FAVOURITE_SHARE = 0.72
SLOT = re.compile(r"\{(\w+)\}")

T = TypeVar("T")
Template = tuple[tuple[str, str], ...]  # (literal, slot after it); the last slot is empty


def parse_template(text: str) -> Template:
    """Split ``a{w}b`` into literals and the slots between them."""
    parts = SLOT.split(text)
    return tuple((parts[i], parts[i + 1] if i + 1 < len(parts) else "") for i in range(0, len(parts), 2))


@cache
def templates(section: str, name: str) -> tuple[Template, ...]:
    """The parsed templates of one list of the grammar."""
    return tuple(parse_template(text) for text in read_data("grammar")[section][name])


@cache
def fillers(slot: str) -> tuple[str, ...]:
    """What can stand in a slot that is no word of an interest."""
    return tuple(read_data("people")["cities"] if slot == "c" else read_data("grammar")["fill"][slot])


@lru_cache(maxsize=40_000)
def favourites(account: int, interest: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(tail words, acts) that one account uses over and over when it speaks of an interest."""
    words = load_interests()[interest]
    mixed = (account * 0x9E3779B97F4A7C15 + interest * 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF
    mixed ^= mixed >> 31
    tail = dict.fromkeys(words.tail[(mixed >> 6 * k) % len(words.tail)] for k in range(6))
    acts = dict.fromkeys(words.acts[(mixed >> 40 + 5 * k) % len(words.acts)] for k in range(2))
    return tuple(tail), tuple(acts)


class Picker:
    """Fills slots for one post, never the same interest word twice, and remembers the words used."""

    def __init__(
        self, rng: random.Random, account: int, interest: int, head_share: float = HEAD_SHARE
    ) -> None:
        self.rng = rng
        self.words: list[str] = []
        self._head_share = head_share
        self._interest: Interest | None = load_interests()[interest] if interest >= 0 else None
        self._tail, self._acts = favourites(account, interest) if interest >= 0 else ((), ())

    def fill(self, template: Template, event: str = "") -> str:
        """The template as text."""
        out: list[str] = []
        for literal, slot in template:
            out.append(literal)
            if slot:
                out.append(event if slot == "v" else self._slot(slot))
        return "".join(out)

    def one_of(self, section: str, name: str, event: str = "") -> str:
        """A sentence from a list of the grammar."""
        return self.fill(self.pick(templates(section, name)), event)

    def pick(self, items: tuple[T, ...]) -> T:
        """One item, uniformly."""
        return items[int(self.rng.random() * len(items))]

    def _slot(self, slot: str) -> str:
        if slot == "w":
            return self._word()
        if slot == "a":
            return self._act()
        if slot == "n":
            return str(self.pick((2, 3, 5, 7, 8, 12, 15, 20, 30, 66, 88, 99, 128, 199, 268, 399, 520, 899)))
        return self.pick(fillers(slot))

    def _word(self) -> str:
        interest = self._interest
        if interest is None:
            raise ValueError("a word is asked for without an interest")
        for _ in range(4):
            if self.rng.random() < self._head_share:
                word = self.pick(interest.head)
            elif self.rng.random() < FAVOURITE_SHARE:
                word = self.pick(self._tail)
            else:
                word = self.pick(interest.tail)
            if word not in self.words:
                break
        self.words.append(word)
        return word

    def _act(self) -> str:
        interest = self._interest
        if interest is None:
            raise ValueError("an act is asked for without an interest")
        word = self.pick(self._acts) if self.rng.random() < FAVOURITE_SHARE else self.pick(interest.acts)
        self.words.append(word)
        return word


@cache
def _typo_pairs() -> tuple[tuple[str, str], ...]:
    return tuple((right, wrong) for right, wrong in read_data("grammar")["typos"]["pairs"])


@cache
def _traditional() -> dict[int, int]:
    table = read_data("grammar")["typos"]
    return str.maketrans(table["simplified"], table["traditional"])


def misspell(rng: random.Random, text: str) -> str:
    """Put one common slip or net spelling into the text, where one fits."""
    fitting = [pair for pair in _typo_pairs() if pair[0] in text]
    if not fitting:
        return text
    right, wrong = fitting[int(rng.random() * len(fitting))]
    return text.replace(right, wrong, 1)


def to_traditional(text: str) -> str:
    """Write simplified characters as traditional ones, for the characters in the table."""
    return text.translate(_traditional())
