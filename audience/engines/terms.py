"""Who has each exact value: beside an index, the values of all fields in order, and of each a bitmap of its people.

Found by halving; nothing is read of a value that is not asked for. A field's values stand together, so that all of them are
read in one go where a facet is counted by them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pyroaring import BitMap

from audience.engines.base import COUNTED_FIELDS, LOOKUP_FIELDS
from audience.engines.stretches import Stretches
from audience.engines.tantivy_files import PEOPLE, PEOPLE_ENDS, TERM_ENDS, TERMS

WORD, LISTABLE = "word", "listable"
FIELDS = (*COUNTED_FIELDS, *LOOKUP_FIELDS, LISTABLE, WORD)
# Each value begins with its field's letter. The order is that of the index: a change needs another LAYOUT.
_LETTERS = {name: chr(ord("A") + place) for place, name in enumerate(FIELDS)}
_PLACES = 65_536
# Sets kept, of at most an eighth of a byte a person: one query is counted without each of its parts in turn.
_SETS = 128


def term(field: str, value: str) -> bytes:
    """A value as it stands in the index."""
    return (_LETTERS[field] + value).encode("utf-8", "surrogatepass")


class Terms:
    """The values of an index, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the files are damaged."""
        self._terms = Stretches(folder / TERMS, folder / TERM_ENDS)
        self._people = Stretches(folder / PEOPLE, folder / PEOPLE_ENDS)
        if len(self._terms) != len(self._people):
            raise ValueError("the terms are damaged")
        self._place = lru_cache(_PLACES)(self._first_from)
        self.people = lru_cache(_SETS)(self._people_of)

    def _people_of(self, field: str, value: str) -> BitMap:
        """Who has this value. The set is shared: whoever changes it copies it first."""
        wanted = term(field, value)
        place = self._place(wanted)
        found = place < len(self) and self._terms[place] == wanted
        return self._people_at(place) if found else BitMap()

    def counts(self, field: str, among: BitMap) -> Iterator[tuple[str, int]]:
        """Each value of a field that some of these people have, and how many of them."""
        letter = term(field, "")
        for place in range(self._place(letter), self._place(bytes([letter[0] + 1]))):
            if number := self._people_at(place).intersection_cardinality(among):
                yield self._terms[place][1:].decode("utf-8", "surrogatepass"), number

    def __len__(self) -> int:
        return len(self._terms)

    def _first_from(self, wanted: bytes) -> int:
        return bisect_left(self._terms, wanted)

    def _people_at(self, place: int) -> BitMap:
        return BitMap.deserialize(self._people[place])
