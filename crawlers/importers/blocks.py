"""The bytes of a file, plain or gzip, block by block; a gzip that breaks off gives what stands before the damage."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from privacy.errors import BadInputError

BLOCK_BYTES = 24 * 1024 * 1024
_FIRST_BYTES = 1024 * 1024  # so that whoever waits for the first rows can begin soon
_LOOKED_AT = 64 * 1024
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Block:
    """Some bytes in the file's order; ``last`` is the end of them, early where ``broke_off`` says why."""

    data: bytes
    first: bool
    last: bool
    broke_off: str = ""


def read_blocks(path: Path, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """Read a file; a UTF-8 byte order mark is left out. The last block may be empty.

    Raises BadInputError where the file is absent, unreadable, empty or UTF-16.
    """
    try:
        with path.open("rb") as raw:
            start = raw.read(4)
            raw.seek(0)
            if start.startswith(_UTF16):
                raise BadInputError(f"{path} is UTF-16.", "Save it as UTF-8 and import it again.")
            if path.suffix.lower() == ".gz" or start.startswith(_GZIP):
                with gzip.GzipFile(fileobj=raw) as file:
                    yield from _blocks(path, file, block_bytes)
            else:
                yield from _blocks(path, raw, block_bytes)
    except OSError as error:
        raise BadInputError(f"{path} can't be read: {error.strerror or error}.") from None


def suffix_of(path: Path) -> str:
    """What a file's name says that it is (``.csv``), in small letters; a ``.gz`` behind it says nothing of that."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def what_it_is(path: Path) -> str:
    """In words what a file of no known format is: damaged, a web page, no text; empty where it is some other text.

    Raises BadInputError as ``read_blocks`` does.
    """
    if path.is_dir():
        return ""
    block = next(read_blocks(path, _LOOKED_AT))
    if block.broke_off:
        return "the compressed data breaks off"
    if block.data.lstrip().startswith(b"<"):
        return "it is a web page or XML"
    return "it is no text" if b"\0" in block.data else ""


def not_utf8(raw: bytes) -> tuple[str, str]:
    """What bytes are that are no UTF-8, in words, and the text that they are kept as."""
    try:
        return "is not UTF-8; it reads as GBK", raw.decode("gb18030")
    except UnicodeDecodeError:
        return "is not UTF-8", raw.decode("utf-8", "backslashreplace")


def _blocks(path: Path, file: gzip.GzipFile | BinaryIO, block_bytes: int) -> Iterator[Block]:
    first = True
    while True:
        wanted = min(block_bytes, _FIRST_BYTES) if first else block_bytes
        data, broke_off = _read(path, file, wanted)
        last = len(data) < wanted
        if first:
            data = data.removeprefix(_BOM)
            if not data and not broke_off:
                raise BadInputError(f"{path} is empty.")
        yield Block(data, first, last, broke_off)
        if last:
            return
        first = False


def _read(path: Path, file: gzip.GzipFile | BinaryIO, wanted: int) -> tuple[bytes, str]:
    """Up to ``wanted`` bytes, and why there is no more. ``read1``, since ``read`` loses what it has when it fails."""
    parts: list[bytes] = []
    while wanted > 0:
        try:
            part = file.read1(wanted)  # type: ignore[union-attr]
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return b"".join(parts), f"{path.name} is damaged: the compressed data breaks off"
        if not part:
            break
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts), ""
