"""Writing who has each exact value (:mod:`audience.engines.terms`): lists of values a person, turned into lists of people.

That is done for a block of people at a time, each block's bitmaps going to a file, so that memory does not grow with
people; at the end the blocks' bitmaps of each value are put together. A thread of its own does it, while the next block
comes.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from scipy import sparse

from audience.engines.stretches import StretchWriter
from audience.engines.tantivy_files import PEOPLE, PEOPLE_ENDS, TERM_ENDS, TERMS
from audience.engines.tantivy_values import Numbered
from audience.engines.terms import term

_BLOCK = 1 << 16  # people
_PARTS = "people.parts"
_TOGETHER = 500  # bitmaps written at a time


@dataclass(frozen=True, slots=True)
class _Block:
    """Where a block's bitmaps of a field lie in the file of parts: ``numbers`` of values, rising, and each one's bounds."""

    numbers: NDArray[np.int64]
    bounds: NDArray[np.int64]

    def places(self, values: int) -> list[int]:
        """Of each of so many values its place in this block; -1 where nobody in it has the value."""
        places = np.full(values, -1, np.int64)
        places[self.numbers] = np.arange(len(self.numbers))
        return places.tolist()


class TermWriter:
    """Takes the numbered values of each batch; ``values`` gives a field's values by number in the end."""

    def __init__(self, folder: Path, fields: Sequence[str], values: Callable[[str], Sequence[str]]) -> None:
        self._folder, self._values = folder, values
        self._held: dict[str, list[Numbered]] = {field: [] for field in fields}
        self._blocks: dict[str, list[_Block]] = {field: [] for field in fields}
        self._parts = (folder / _PARTS).open("w+b")
        self._first, self._persons = 0, 0
        self._thread = ThreadPoolExecutor(1, "terms")
        self._turning: Future[None] | None = None

    def __enter__(self) -> TermWriter:
        return self

    def add(self, numbered: Mapping[str, Numbered]) -> None:
        """The values of the next persons, by field."""
        for field, held in self._held.items():
            held.append(numbered[field])
        self._persons += len(next(iter(numbered.values())).lengths)
        if self._persons - self._first >= _BLOCK:
            self.turn()

    def turn(self) -> None:
        """Begin to turn what came, once the block before is done."""
        self._await()
        held = {field: list(numbered) for field, numbered in self._held.items() if numbered}
        self._turning = self._thread.submit(self._turn_each, held, self._first)
        for numbered in self._held.values():
            numbered.clear()
        self._first = self._persons

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.turn()
                self._await()
                self._write()
        finally:
            self._thread.shutdown()
            self._parts.close()
            (self._folder / _PARTS).unlink()

    def _await(self) -> None:
        if self._turning is not None:
            self._turning.result()

    def _turn_each(self, held: Mapping[str, list[Numbered]], first: int) -> None:
        for field, numbered in held.items():
            self._blocks[field].append(self._turned(numbered, first))
        self._parts.flush()

    def _turned(self, held: list[Numbered], first: int) -> _Block:
        """The bitmaps of a field, one a value that somebody in the block has, written to the file of parts."""
        begins, uids = _people_by_value(held)
        numbers = np.flatnonzero(np.diff(begins))
        begin = begins.tolist()
        uids += first
        octets = uids.data.cast("B")
        bounds = np.empty(len(numbers) + 1, np.int64)
        bounds[0] = at = self._parts.tell()
        for place, number in enumerate(numbers.tolist()):
            people = array("I")
            people.frombytes(octets[4 * begin[number] : 4 * begin[number + 1]])
            at += self._parts.write(BitMap(people, optimize=False).serialize())
            bounds[place + 1] = at
        return _Block(numbers, bounds)

    def _write(self) -> None:
        """All values in order, and the bitmap of each."""
        terms = StretchWriter(self._folder / TERMS, self._folder / TERM_ENDS)
        people = StretchWriter(self._folder / PEOPLE, self._folder / PEOPLE_ENDS)
        whole = False
        try:
            for field in sorted(self._blocks, key=lambda field: term(field, "")):
                named = [term(field, value) for value in self._values(field)]
                order = sorted(range(len(named)), key=named.__getitem__)
                _add_all(terms, [named[number] for number in order])
                for some in _batched(self._joined(self._blocks[field], order)):
                    _add_all(people, some)
            whole = True
        finally:
            terms.close(whole)
            people.close(whole)

    def _joined(self, blocks: Sequence[_Block], order: Sequence[int]) -> Iterator[bytes]:
        """The bitmap of each of these values, over all blocks."""
        held = [(block.places(len(order)), block.bounds.tolist()) for block in blocks]
        for number in order:
            parts = [
                self._part(bounds[place], bounds[place + 1])
                for places, bounds in held
                if (place := places[number]) >= 0
            ]
            yield parts[0] if len(parts) == 1 else _united(parts)

    def _part(self, start: int, end: int) -> bytes:
        return os.pread(self._parts.fileno(), end - start, start)


def _united(parts: Iterable[bytes]) -> bytes:
    people = BitMap()
    # One after another: to unite many at once takes the library more than twice as long.
    for part in parts:
        people |= BitMap.deserialize(part)
    return people.serialize()


def _people_by_value(held: Sequence[Numbered]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Where the people of each number begin (one more than numbers), and the people, counted from the first one held."""
    # Small whole numbers throughout: memory used for the first time costs more than what is done in it.
    numbers = np.concatenate([each.numbers for each in held]).view(np.int32)
    lengths = np.concatenate([each.lengths for each in held])
    begins = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=begins[1:])
    shape = (len(lengths), int(numbers.max()) + 1 if len(numbers) else 1)
    by_value = sparse.csr_matrix((np.ones(len(numbers), np.int8), numbers, begins), shape).tocsc()
    return by_value.indptr, by_value.indices


def _batched(texts: Iterable[bytes]) -> Iterator[list[bytes]]:
    each = iter(texts)
    while some := list(islice(each, _TOGETHER)):
        yield some


def _add_all(writer: StretchWriter, texts: Sequence[bytes]) -> None:
    writer.add(memoryview(b"".join(texts)), np.array([len(text) for text in texts], dtype=np.int64))
