"""JSON files of any size: one array, one object, or one object a line; memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from crawlers.importers.blocks import not_utf8, read_blocks
from crawlers.importers.json_members import End, first_keys, members
from crawlers.importers.lines import read_lines
from crawlers.protocols.fields import load_json, shown
from crawlers.protocols.page import BadPage
from lake.raw import RawReject
from privacy.errors import BadInputError

BATCH = 5_000
_HEAD = 256 * 1024
_ANSWER = 64 * 1024 * 1024  # bytes of one answer
_LINES = (".jsonl", ".ndjson")


@dataclass(slots=True)
class Items:
    """Some objects of a file; what was refused; why the file ended early."""

    items: list[dict[str, Any]]
    rejects: list[RawReject] = field(default_factory=list)
    broke_off: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is built (``array``, ``object``, ``lines``; empty: no JSON) and the keys of its first object."""

    kind: str = ""
    keys: frozenset[str] = frozenset()


def shape_of(path: Path) -> Shape:
    """A look at the start of a file."""
    try:
        head = next(read_blocks(path, _HEAD)).data.lstrip()
    except BadInputError:
        return Shape()
    kind = {b"[": "array", b"{": "lines" if is_lines(path) else "object"}.get(head[:1], "")
    return Shape(kind, first_keys(head)) if kind else Shape()


def is_lines(path: Path) -> bool:
    """Whether a file's name says that it holds one object a line."""
    return any(suffix in _LINES for suffix in path.suffixes[-2:])


def read_items(path: Path, table: str, key: str = "", batch: int = BATCH) -> Iterator[Items]:
    """The objects of a file's array, of the list or object under ``key`` of its object, or of the lines of a ``.jsonl``.

    Raises BadInputError where the file is absent, unreadable or empty.
    """
    if is_lines(path):
        yield from _read_lines(path, table, batch)
        return
    found = Items([])
    for member in members(path):
        if isinstance(member, End):
            found.broke_off = member.broke_off
        elif member.key == key:
            _take(found, member.raw, table, "the item")
            if len(found.items) + len(found.rejects) >= batch:
                yield found
                found = Items([])
    yield found


def read_object(path: Path) -> Any:
    """A whole file, as one answer of an API is. Raises BadInputError where it is too large, cut off or no JSON."""
    parts: list[bytes] = []
    for block in read_blocks(path):
        parts.append(block.data)
        if block.broke_off:
            raise BadInputError(f"{block.broke_off}.")
        if sum(map(len, parts)) > _ANSWER:
            raise BadInputError(f"{path} is larger than one answer can be ({_ANSWER // 2**20} MB).")
    body = b"".join(parts)
    try:
        return load_json(body)
    except BadPage as bad:
        if _is_utf8(body):
            raise BadInputError(f"{path} can't be read: {bad.reason}.") from None
        raise BadInputError(f"{path} {not_utf8(body)[0]}.", "Save it as UTF-8 and import it again.") from None


def _read_lines(path: Path, table: str, batch: int) -> Iterator[Items]:
    for lines in read_lines(path):
        found = Items([], [_reject(table, reason, text) for reason, text in lines.bad])
        for text in lines.texts:
            _take(found, text, table, "the line")
            if len(found.items) >= batch:
                yield found
                found = Items([])
        found.broke_off = lines.broke_off
        yield found


def _take(found: Items, raw: bytes | str, table: str, what: str) -> None:
    """Add one object, or those of a list (a page of an API among others); refuse what is none."""
    try:
        item = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if isinstance(raw, str) or _is_utf8(raw):
            found.rejects.append(_reject(table, f"{what} is no JSON: {error.msg}", raw))
        else:
            why, text = not_utf8(raw)
            found.rejects.append(_reject(table, f"{what} {why}", text))
        return
    page = item if isinstance(item, list) and any(isinstance(one, dict) for one in item) else [item]
    for one in page:
        if isinstance(one, dict):
            found.items.append(one)
        else:
            found.rejects.append(_reject(table, f"{what} is no object", raw if one is item else shown(one)))


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def text_frame(items: Sequence[Mapping[str, Any]], names: Sequence[str]) -> pl.DataFrame:
    """These keys of decoded objects as columns of text; lists are joined by commas, other nested values are left out."""
    frame = pl.DataFrame([_column(name, [item.get(name) for item in items]) for name in names])
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()))


def _column(name: str, values: list[Any]) -> pl.Series:
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str}:
        return pl.Series(name, values, pl.String)
    return pl.Series(name, [_text(value) for value in values], pl.String)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return ",".join(_text(item) or "" for item in value if isinstance(item, (str, int)))
    return None


def _reject(table: str, reason: str, raw: bytes | str) -> RawReject:
    text = raw if isinstance(raw, str) else raw.decode("utf-8", "backslashreplace")
    return {"table": table, "reason": reason, "row": text}
