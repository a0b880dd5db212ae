"""The parts of a large JSON file, one after the other: found by their brackets, so that a bad one costs itself alone.

A streaming parser would stop at the first fault, and takes memory by the square of the depth of what is nested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crawlers.importers.blocks import read_blocks

BLOCK_BYTES = 1024 * 1024
_MOST = 64 * 1024 * 1024  # bytes of one part
# A string (a quote alone: one that goes on in the next block), or a bracket.
_TOKEN = re.compile(rb'"(?:[^"\\]*+(?:\\.[^"\\]*+)*+"|)|[\[\]{}]', re.DOTALL)
_BETWEEN = b" \t\r\n,"


@dataclass(frozen=True, slots=True)
class Member:
    """A part as it stands in the file. ``key`` is the one that it, or the list that holds it, has in the file's object."""

    key: str
    raw: bytes
    is_container: bool = True


@dataclass(frozen=True, slots=True)
class End:
    """The end of the file, and what is wrong with it, if anything is."""

    broke_off: str = ""


def members(path: Path, block_bytes: int = BLOCK_BYTES) -> Iterator[Member | End]:
    """The items of a file's array, or the objects and the items of lists that a file's object holds; then the end.

    What stands between items (numbers, stray text) comes as a member that is no container. Raises BadInputError where
    the file is absent, unreadable or empty.
    """
    walk = _Walk()
    for block in read_blocks(path, block_bytes):
        yield from walk.take(block.data)
        if walk.lost:
            break
        if block.broke_off:
            yield from walk.rest()
            yield End(block.broke_off)
            return
    yield from walk.rest()
    wrong = "an item doesn't end" if walk.lost else "the JSON is cut off" if walk.depth else ""
    yield End(f"{path.name} breaks off: {wrong}" if wrong else "")


def first_keys(head: bytes) -> frozenset[str]:
    """The keys of the first object in the start of a file, as far as it goes."""
    keys: set[str] = set()
    depth = level = 0
    for token in _TOKEN.finditer(head):
        mark = token[0][:1]
        if mark == b'"':
            if depth == level > 0 and head[token.end() : token.end() + 8].lstrip()[:1] == b":":
                keys.add(token[0][1:-1].decode("utf-8", "replace"))
        elif mark in b"[{":
            depth += 1
            level = level or (depth if mark == b"{" else 0)
        else:
            depth -= 1
            if depth < level:
                break
    return frozenset(keys)


class _Walk:
    """Where the reading of a file stands."""

    def __init__(self) -> None:
        self.depth = 0
        self.lost = False
        self._level = 1  # the depth at which items begin
        self._in_object = False
        self._key = ""
        self._data = b""
        self._at = 0  # what is before was looked at
        self._gap = 0  # where the last item ended
        self._item = -1  # where the current item began

    def take(self, block: bytes) -> Iterator[Member]:
        """The members that end in this block."""
        done = self._item if self._item >= 0 else self._gap
        self._data = self._data[done:] + block
        self._at -= done
        self._gap -= done
        self._item = 0 if self._item >= 0 else -1
        at = len(self._data)
        for token in _TOKEN.finditer(self._data, self._at):
            mark = self._data[token.start()]
            if mark == 0x22:
                if token.end() == token.start() + 1:
                    at = token.start()
                    break
                if self._in_object and self.depth == 1:
                    self._key = self._data[token.start() + 1 : token.end() - 1].decode("utf-8", "replace")
            elif mark in b"[{":
                yield from self._open(token.start(), mark)
            else:
                yield from self._close(token.start())
        self._at = at
        self.lost = len(self._data) - max(self._item, self._gap, 0) > _MOST

    def rest(self) -> Iterator[Member]:
        """What the end of the file left open."""
        if self._item >= 0:
            yield Member(self._key, self._data[self._item :], False)

    def _open(self, at: int, mark: int) -> Iterator[Member]:
        if self.depth == 0:
            self._in_object = mark == 0x7B
            self._gap = at + 1
        elif self.depth == self._level and self._item < 0:
            yield from self._between(at)
            if self._in_object and self._level == 1 and mark == 0x5B:
                self._level = 2
                self._gap = at + 1
            else:
                self._item = at
        self.depth += 1

    def _close(self, at: int) -> Iterator[Member]:
        if self._item < 0:
            yield from self._between(at)
            self._level, self._gap = 1, at + 1
        self.depth = max(self.depth - 1, 0)
        if self._item >= 0 and self.depth == self._level:
            yield Member(self._key, self._data[self._item : at + 1])
            self._item, self._gap = -1, at + 1

    def _between(self, at: int) -> Iterator[Member]:
        """What is no item, in lists: in the object itself it is keys and plain values."""
        if self._in_object and self._level == 1:
            return
        if self.depth and (text := self._data[self._gap : at].strip(_BETWEEN)):
            yield Member(self._key, text, False)
