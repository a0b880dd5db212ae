"""Lists of people as users have them: a CSV however it was saved, its columns known by their names."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from io import TextIOWrapper
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, TypeAlias

from privacy.errors import BadInputError

MAX_ROWS = 1_000_000
_MAX_BYTES = 200 << 20
_BLOCK = 1 << 16
_TITLES = 80
SEEDS = "the seed list"
SUFFIXES = (".csv", ".tsv", ".txt")
HINT = "columns: source,native_id or source,handle or url or customer_id"
_COLUMNS = {
    "source": "source",
    "来源": "source",
    "平台": "source",
    "native_id": "native_id",
    "id": "native_id",
    "user_id": "native_id",
    "用户id": "native_id",
    "handle": "handle",
    "username": "handle",
    "用户名": "handle",
    "昵称": "handle",
    "账号": "handle",
    "帐号": "handle",
    "url": "url",
    "profile_url": "url",
    "主页": "url",
    "主页链接": "url",
    "链接": "url",
    "customer_id": "customer_id",
    "客户id": "customer_id",
    "客户编号": "customer_id",
    "account_id": "account_id",
    "cost": "cost",
    "price": "cost",
    "报价": "cost",
    "价格": "cost",
    "费用": "cost",
}
# Columns that such lists have too, which name nobody here: what they head is no list without a header.
_OTHERS = frozenset(
    ("name", "mail", "email", "e-mail", "phone", "mobile", "姓名", "名字", "邮箱", "电话", "手机", "手机号")
)
_NAMING = ("account_id", "native_id", "handle", "url", "customer_id")
ACCOUNT = re.compile(r"u[0-9a-f]{32}\Z")

Row: TypeAlias = Mapping[str, str]


def read_csv(
    source: Path | bytes, more: Mapping[str, str] = MappingProxyType({}), what: str = SEEDS
) -> NamedRows:
    """Rows of a CSV: UTF-8 with or without BOM, UTF-16 or GB18030; comma, semicolon or tab; ragged rows tolerated.

    A header is recognised by its names; without one, the columns are guessed from their values. A row that names
    nobody comes back empty, so that it is counted. ``more`` are names of further columns (in lower case) that are read,
    to what they are called in the rows; ``what`` is what complaints call the list. Rows are read while they are asked
    for, so that a million take no more memory than one; they can be gone through again.

    Raises:
        BadInputError: no rows, not text, too large, or no column that names people; too many rows, on the way.
    """
    rows = NamedRows(source, more, what)
    rows.check()
    return rows


class NamedRows:
    """The rows of a list of people, read while they are asked for; ``what`` is what complaints call it."""

    def __init__(self, source: Path | bytes, more: Mapping[str, str], what: str) -> None:
        self._source, self._what = source, what
        self._encoding = _encoding(source, what)
        with self._text() as text:
            first = next((line for line in text if line.strip()), "")
        self._delimiter = max(",\t;", key=first.count)
        cells = [part.strip() for part in next(_cells([first], self._delimiter, what), [])]
        known = _COLUMNS | dict(more)
        titles = [part.lower().lstrip("\ufeff") for part in cells]
        header = [known.get(title) for title in titles]
        self._has_header = any(header) or not _OTHERS.isdisjoint(titles)
        self._columns = header if self._has_header else _guess(cells)
        self._titles = cells

    def check(self) -> None:
        """Raises BadInputError where no row can name anybody."""
        if not self._titles:
            raise BadInputError(f"{self._what} is empty", HINT)
        if not any(column in _NAMING for column in self._columns):
            only = f", only {', '.join(self._titles)[:_TITLES]}" if self._has_header else ""
            raise BadInputError(f"{self._what} has no column that names people{only}", HINT)
        if next(iter(self), None) is None:
            raise BadInputError(f"{self._what} has a header but no rows", HINT)

    def __iter__(self) -> Iterator[dict[str, str]]:
        """Each row by column; empty where no column that is known holds anything."""
        with self._text() as text:
            lines = (line for line in text if line.strip())
            if self._has_header:
                next(lines, None)
            for number, row in enumerate(_cells(lines, self._delimiter, self._what), start=1):
                if number > MAX_ROWS:
                    raise BadInputError(f"{self._what} has more than {MAX_ROWS:,} rows", "split it")
                yield {
                    column: part.strip()
                    for column, part in zip(self._columns, row, strict=False)
                    if column and part.strip()
                }

    def _text(self) -> TextIOWrapper:
        raw = io.BytesIO(self._source) if isinstance(self._source, bytes) else self._source.open("rb")
        return TextIOWrapper(raw, encoding=self._encoding, newline=None)


def read_text(source: Path | bytes, what: str) -> str:
    """A file's text in whichever encoding it was saved; BadInputError where it is none, which calls it ``what``."""
    encoding = _encoding(source, what)
    return (source if isinstance(source, bytes) else source.read_bytes()).decode(encoding)


def _encoding(source: Path | bytes, what: str) -> str:
    """The first encoding of which the whole list is text. Raises BadInputError."""
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if size > _MAX_BYTES:
            raise BadInputError(f"{what} is larger than {_MAX_BYTES >> 20} MB", "split it")
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            marked = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
            for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
                file.seek(0)
                if _is_text(file, encoding):
                    return encoding
    except OSError as error:
        where = "it" if isinstance(source, bytes) else source.name
        raise BadInputError(f"{what} cannot be read: {error.strerror}", f"look at {where}") from error
    raise BadInputError(f"{what} is not text", f"save it as a CSV in UTF-8 ({', '.join(SUFFIXES)})")


def _is_text(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := file.read(_BLOCK):
            if "\x00" in decoder.decode(block):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _cells(lines: Iterable[str], delimiter: str, what: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error as error:  # such as a quote that is never closed, and takes in the rest of the file
        raise BadInputError(f"{what} can't be read as a CSV: {error}", "mend that row") from error


def _guess(first: list[str]) -> list[str | None]:
    """Columns of a list without a header, from its first row: URLs, pseudonyms, else source and handle."""
    for at, value in enumerate(first):
        if "://" in value:
            return [None] * at + ["url"]
        if ACCOUNT.match(value):
            return [None] * at + ["account_id"]
    return ["source", "handle"] if len(first) == 2 else [None]
