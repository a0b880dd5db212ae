"""The user dictionary: words that are to stay whole, kept in the home as ``dictionary.txt``, one a line.

A change of it takes effect with the next mining run, which cuts again what holds a word that came or went.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lake.locks import held
from nlp.normalise import normalise
from nlp.segment import LONGEST_WORD, Segmenter, bare
from privacy.errors import BadInputError, NotFoundError
from privacy.home import Home
from privacy.policies import write_text

if TYPE_CHECKING:
    import polars as pl

MOST_WORDS = 100_000
_HEAD = "# Words that renqun keeps whole, one a line; a change takes effect with: renqun mine\n"


@dataclass(frozen=True, slots=True)
class DictionaryChange:
    """What a change did: the words that came or went, those for which there was nothing to do, and how many there are."""

    changed: list[str]
    unchanged: list[str]
    total: int


def load_words(home: Home) -> list[str]:
    """The words of the user dictionary, sorted; none where there is no file.

    Raises BadInputError that names the line where the file holds what is no word.
    """
    try:
        lines = home.dictionary.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise BadInputError(f"{home.dictionary} is not UTF-8.", "save it as UTF-8") from error
    words = set()
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            try:
                words.add(checked(line))
            except BadInputError as error:
                raise BadInputError(f"{home.dictionary}, line {number}: {error}", error.hint) from error
    return sorted(words)


def add_words(home: Home, words: Sequence[str]) -> DictionaryChange:
    """Add words; those that are no word are refused before anything is written."""
    wanted = list(dict.fromkeys(map(checked, words)))
    with _changing(home) as known:
        if len(known | set(wanted)) > MOST_WORDS:
            raise BadInputError(f"A dictionary holds {MOST_WORDS:,} words at most.", "remove some first")
        _write(home, known | set(wanted))
    return DictionaryChange(
        [word for word in wanted if word not in known],
        [word for word in wanted if word in known],
        len(known | set(wanted)),
    )


def remove_words(home: Home, words: Sequence[str]) -> DictionaryChange:
    """Remove words; NotFoundError, and nothing is written, where one of them is not in the user dictionary."""
    wanted = list(dict.fromkeys(map(_plain, words)))
    with _changing(home) as known:
        if absent := [word for word in wanted if word not in known]:
            raise NotFoundError(
                f"{absent[0]!r} is not in the user dictionary.",
                "renqun dict list shows what is; words of the taxonomy and of common hashtags stay",
            )
        _write(home, known - set(wanted))
    return DictionaryChange(wanted, [], len(known) - len(wanted))


@contextmanager
def _changing(home: Home) -> Iterator[set[str]]:
    """The words as they are, which nobody else changes meanwhile."""
    home.root.mkdir(parents=True, exist_ok=True)
    with held(home.dictionary.with_suffix(".lock")):
        yield set(load_words(home))


def read_words(path: Path) -> list[str]:
    """Words of a file, one a line; what follows a space (jieba's frequency and part of speech) is left out."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} can't be read as UTF-8 text: {error}.", "one word a line") from error
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def words_in_force(home: Home) -> frozenset[str]:
    """All words that the mined tables were cut with: the taxonomy's, common hashtags, the user's."""
    try:
        saved = json.loads((home.models / "current" / "segmenter.json").read_text("utf-8"))
    except FileNotFoundError:
        return frozenset()
    return frozenset(saved["words"])


def checked(word: str) -> str:
    """A word in the form in which text is cut: simplified, half width, lower case; BadInputError with the reason."""
    plain = _plain(word)
    if any(char.isspace() for char in plain):
        raise BadInputError(f"{word!r} holds a space.", "give several words one by one")
    if not 2 <= len(plain) <= LONGEST_WORD:
        raise BadInputError(
            f"{word!r} has {len(plain)} characters.", f"a word has 2 to {LONGEST_WORD} characters"
        )
    if not any(char.isalpha() for char in plain):
        raise BadInputError(f"{word!r} holds no letter.", "numbers, signs and emoji need no dictionary")
    if plain.isascii():
        raise BadInputError(f"{word!r} stands whole already.", "words of Latin letters need no dictionary")
    return plain


def cut_otherwise(annotations: pl.DataFrame, before: Segmenter, after: Segmenter) -> pl.Series:
    """Ids of the posts whose words may differ between two dictionaries: those that hold a word of one alone.

    ``annotations`` holds post_id and words. Every id where the dictionaries' weights are not comparable.
    """
    import polars as pl

    if before.weight_step != after.weight_step:
        return annotations["post_id"]
    changed = sorted({bare(word) for word in set(before.user_words) ^ set(after.user_words)} - {""})
    if not changed:
        return annotations["post_id"].clear()
    text = pl.col("words").str.replace_all(r"[^\p{L}\p{N}]+", "")
    return annotations.filter(text.str.contains_any(changed))["post_id"]


def _plain(word: str) -> str:
    return normalise(word).lower()


def _write(home: Home, words: Collection[str]) -> None:
    write_text(home, home.dictionary, _HEAD + "".join(f"{word}\n" for word in sorted(words)))
