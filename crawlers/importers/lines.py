"""Lines of a text file, plain or gzip, in chunks: what cannot be decoded is set aside, the rest goes on."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from privacy.errors import BadInputError

CHUNK_BYTES = 16 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Lines:
    """A chunk: its lines without their ends, the lines that are no UTF-8 (reason, text), and why the file broke off."""

    texts: list[str]
    bad: list[tuple[str, str]] = field(default_factory=list)
    broke_off: str = ""


def read_lines(path: Path, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Lines]:
    """Read a file chunk by chunk. A damaged gzip gives the lines before the damage, then says so.

    Raises BadInputError where the file is absent, unreadable or empty.
    """
    rest, first = b"", True
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            while True:
                broke_off = ""
                try:
                    block = file.read(chunk_bytes)
                except (EOFError, gzip.BadGzipFile, zlib.error):
                    block, broke_off = b"", f"{path.name} is damaged: the compressed data breaks off"
                if first:
                    block, first = block.removeprefix(_BOM), False
                    if not block and not broke_off:
                        raise BadInputError(f"{path} is empty.")
                end = block.rfind(b"\n") + 1 if block else 0
                ready, rest = (rest + block[:end], block[end:]) if end else (b"", rest + block)
                if not block:
                    ready, rest = rest, b""
                if ready or broke_off:
                    yield _decode(ready, broke_off)
                if not block:
                    return
    except OSError as error:
        raise BadInputError(f"{path} can't be read: {error.strerror or error}.") from None


def _decode(block: bytes, broke_off: str) -> Lines:
    try:
        return Lines(_split(block.decode("utf-8")), broke_off=broke_off)
    except UnicodeDecodeError:
        pass
    lines = Lines([], broke_off=broke_off)
    for raw in block.split(b"\n"):
        try:
            lines.texts.extend(_split(raw.decode("utf-8")))
        except UnicodeDecodeError:
            lines.bad.append(_not_utf8(raw))
    return lines


def _split(text: str) -> list[str]:
    """Lines by line feed only: other separators may stand inside a field."""
    return [line.removesuffix("\r") for line in text.split("\n") if line and line != "\r"]


def _not_utf8(raw: bytes) -> tuple[str, str]:
    try:
        return "the line is not UTF-8; it reads as GBK", raw.decode("gb18030")
    except UnicodeDecodeError:
        return "the line is not UTF-8", raw.decode("utf-8", "backslashreplace")
