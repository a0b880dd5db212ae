"""Lines of a text file, plain or gzip, in chunks: what cannot be decoded is set aside, the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crawlers.importers.blocks import not_utf8, read_blocks

CHUNK_BYTES = 16 * 1024 * 1024


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
    rest = b""
    for block in read_blocks(path, chunk_bytes):
        data = rest + block.data
        end = len(data) if block.last else data.rfind(b"\n", len(rest)) + 1
        ready, rest = data[:end], data[end:]
        if ready or block.broke_off:
            yield _decode(ready, block.broke_off)


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
            why, text = not_utf8(raw)
            lines.bad.append((f"the line {why}", text))
    return lines


def _split(text: str) -> list[str]:
    """Lines by line feed only: other separators may stand inside a field."""
    return [line.removesuffix("\r") for line in text.split("\n") if line and line != "\r"]
