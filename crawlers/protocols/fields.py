"""Reading JSON that others wrote: every accessor gives a clean value or ``None``, and none raises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import orjson

from crawlers.protocols.page import BadPage, quoted
from lake.raw import RawRows

Row = TypeVar("Row", bound=Mapping[str, Any])
_LARGEST = 2**63 - 1
_LATEST_MS = 7_258_118_400_000  # 2200-01-01
# Half a character outside the basic plane, as servers write it that cut texts in its middle.
_HALF = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_SHOWN = 20_000  # characters of a refused body that are kept


class BadItem(ValueError):
    """One item of a page lacks what its row needs."""


def load_json(body: bytes) -> Any:
    """Decode a JSON body; say what it was instead when it was not JSON."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:64]
    if not start:
        raise BadPage("the body is empty")
    if start.startswith(b"<"):
        raise BadPage("HTML where JSON was expected")
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "surrogate" in error.msg and (mended := _HALF.sub(rb"\\ufffd", body)) != body:
            return load_json(mended)
        if "UTF-8" in error.msg:
            raise BadPage("not JSON: the bytes are not UTF-8") from None
        if error.pos >= len(error.doc.rstrip()) or "unexpected end" in error.msg:
            raise BadPage("the JSON is cut off") from None
        raise BadPage(f"not JSON: {error.msg}") from None


def load_object(body: bytes) -> dict[str, Any]:
    """Decode a body that must be one JSON object."""
    value = load_json(body)
    if not isinstance(value, dict):
        raise BadPage(f"a JSON object was expected, this is {_name(value)}")
    return value


def load_array(body: bytes) -> list[Any]:
    """Decode a body that must be a JSON array; an ``{"error": ...}`` object is reported as what it says."""
    value = load_json(body)
    if isinstance(value, dict) and isinstance(value.get("error"), str):
        raise BadPage(f"the source answered with an error: {quoted(value['error'], 200)}")
    if not isinstance(value, list):
        raise BadPage(f"a JSON array was expected, this is {_name(value)}")
    return value


def _name(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def as_id(value: Any) -> str | None:
    """An id: a non-empty string, or a whole number written as one."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def as_text(value: Any) -> str | None:
    """A string with content, NUL bytes removed."""
    if not isinstance(value, str):
        return None
    if "\x00" in value:
        value = value.replace("\x00", "")
    return value if value and not value.isspace() else None


def as_count(value: Any) -> int | None:
    """A count: a whole number from 0 to 2**63 - 1, or digits; anything else (-1 means hidden) is unknown."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _LARGEST else None


def as_number(value: Any) -> float | None:
    """A finite number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if 0 <= number < float("inf") else None


def as_flag(value: Any) -> bool | None:
    """``true`` or ``false``; anything else is unknown."""
    return value if isinstance(value, bool) else None


def as_moment(value: Any) -> datetime | None:
    """An ISO 8601 moment or date, as aware UTC; without a zone it is read as UTC. Years 1970 to 2199 only."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1970 <= moment.year < 2200 else None


def as_epoch_ms(value: Any) -> datetime | None:
    """A moment given as milliseconds since 1970, as aware UTC. 0 means never; years 1970 to 2199 only."""
    milliseconds = as_count(value)
    if not milliseconds or milliseconds >= _LATEST_MS:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def as_dict(value: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """An array, or an empty one."""
    return value if isinstance(value, list) else []


def drop_absent(row: Row) -> Row:
    """The row without the keys that are unknown: missing keys count as absent."""
    return cast(Row, {key: value for key, value in row.items() if value is not None})


def shown(item: Any) -> str:
    """A refused item or body as text, whole unless it is huge."""
    if isinstance(item, bytes):
        return item[:_SHOWN].decode("utf-8", "replace")
    try:
        return orjson.dumps(item).decode()[:_SHOWN]
    except TypeError:  # nested too deep to write again
        return f"{_name(item)} that is nested too deep to show"


def reject(rows: RawRows, table: str, reason: str, item: Any, owner: str | None = None) -> None:
    """Keep a refused item with its reason; ``owner`` is the native id of its account, so that erasure reaches it."""
    key = {"posts": "author_native_id", "accounts": "native_id", "edges": "src_native_id"}.get(table)
    row = {"item": shown(item)} if owner is None or key is None else {key: owner, "item": shown(item)}
    rows.rejects.append({"table": table, "reason": reason, "row": row})


def each(
    items: Iterable[Any],
    rows: RawRows,
    table: str,
    parse: Callable[[dict[str, Any]], None],
    owner: Callable[[dict[str, Any]], str | None] = lambda item: None,
) -> None:
    """Run ``parse`` over the objects in ``items``; one that is unusable goes to the rejects, the rest goes on."""
    for item in items:
        if not isinstance(item, dict):
            reject(rows, table, f"an object was expected, this is {_name(item)}", item)
            continue
        try:
            parse(item)
        except BadItem as error:
            reject(rows, table, str(error), item, owner(item))
