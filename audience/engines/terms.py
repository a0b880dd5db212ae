"""Who has each exact value: beside an index, the values of all fields in order, and of each a bitmap of its people.

Found by halving; nothing is read of a value that is not asked for. A field's values stand together, so that all of them are
read in one go where a facet is counted by them.
"""

from __future__ import annotations

import mmap
import os
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
from pyroaring import BitMap

from audience.engines.base import FACET_FIELDS, LOOKUP_FIELDS, TERM_FIELD
from audience.engines.tantivy_files import PEOPLE, PEOPLE_ENDS, TERM_ENDS, TERMS

WORD, LISTABLE = "word", "listable"
FIELDS = (*FACET_FIELDS, TERM_FIELD, *LOOKUP_FIELDS, LISTABLE, WORD)
# Each value begins with its field's letter. The order is that of the index: a change needs another LAYOUT.
_LETTERS = {name: chr(ord("A") + place) for place, name in enumerate(FIELDS)}
_PLACES = 65_536


def term(field: str, value: str) -> bytes:
    """A value as it stands in the index."""
    return (_LETTERS[field] + value).encode("utf-8", "surrogatepass")


class Terms:
    """The values of an index, mapped into memory. An open reader keeps its files when they are removed."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or OSError where the files are damaged."""
        self._terms, self._term_ends = _opened(folder / TERMS, folder / TERM_ENDS)
        self._people, self._people_ends = _opened(folder / PEOPLE, folder / PEOPLE_ENDS)
        if len(self._term_ends) != len(self._people_ends):
            raise ValueError("the terms are damaged")
        self._place = lru_cache(_PLACES)(self._first_from)

    def people(self, field: str, value: str) -> BitMap:
        """Who has this value: a set of its own, to be changed at will."""
        wanted = term(field, value)
        place = self._place(wanted)
        found = place < len(self) and self._term(place) == wanted
        return self._people_at(place) if found else BitMap()

    def counts(self, field: str, among: BitMap) -> Iterator[tuple[str, int]]:
        """Each value of a field that some of these people have, and how many of them."""
        letter = term(field, "")
        for place in range(self._place(letter), self._place(bytes([letter[0] + 1]))):
            if number := self._people_at(place).intersection_cardinality(among):
                yield self._term(place)[1:].decode("utf-8", "surrogatepass"), number

    def __len__(self) -> int:
        return len(self._term_ends) - 1

    def _first_from(self, wanted: bytes) -> int:
        return bisect_left(range(len(self)), wanted, key=self._term)

    def _term(self, place: int) -> bytes:
        return self._terms[self._term_ends[place] : self._term_ends[place + 1]]

    def _people_at(self, place: int) -> BitMap:
        return BitMap.deserialize(self._people[self._people_ends[place] : self._people_ends[place + 1]])


def _opened(file: Path, ends_file: Path) -> tuple[mmap.mmap | bytes, np.ndarray]:
    ends = np.load(ends_file, mmap_mode="r")
    with file.open("rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        held = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
    if size != ends[-1]:
        raise ValueError("the terms are damaged")
    return held, ends
