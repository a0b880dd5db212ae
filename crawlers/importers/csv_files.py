"""CSV files as frames of text, chunk by chunk: fast where a chunk is well formed, exact record by record where it isn't.

Commas and line ends inside quotes, ragged rows, NUL bytes, cells of any length, UTF-8 with or without a byte order mark
and GBK are read; a line that can't be a row is set aside whole, with the reason, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from crawlers.importers.blocks import BLOCK_BYTES, read_blocks
from crawlers.importers.csv_records import RECORD_BYTES, Record, split, tidy_end
from lake.raw import RawReject
from privacy.errors import BadInputError

Layout = Callable[[Sequence[str], int], Sequence[str] | None]
"""The columns of a row that has so many cells under this header; None where it can't be a row."""
_ARROW_BLOCK = 1024 * 1024  # read by one thread: Arrow's own threads take a quarter more time for it


@dataclass(slots=True)
class Cells:
    """A chunk of rows: text columns named by the header, empty cells null; what was refused; why the file ended early."""

    frame: pl.DataFrame
    rejects: list[RawReject] = field(default_factory=list)
    broke_off: str = ""


def as_the_header(header: Sequence[str], width: int) -> Sequence[str] | None:
    """The layout of tables whose rows all have as many cells as the header."""
    return header if width == len(header) else None


def short_rows(header: Sequence[str], width: int) -> Sequence[str] | None:
    """The layout of tables whose writers leave out empty cells at the end of a row."""
    return header[:width] if width <= len(header) else None


def read_csv(
    path: Path,
    table: str,
    layout: Layout = as_the_header,
    delimiter: str = ",",
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Cells]:
    """Read a CSV file, or a gzip of one, chunk by chunk, memory flat. Every frame has the header's columns first.

    Refused rows are meant for ``table``. Raises BadInputError where the file is absent, unreadable, empty or no text.
    """
    rows: _Rows | None = None
    rest = b""
    for block in read_blocks(path, block_bytes):
        data = rest + block.data if rest else block.data
        if rows is None:
            header, data = _header(path, data, delimiter, block.last)
            if not header and block.broke_off:
                raise BadInputError(f"{block.broke_off}.", "Save or download it again.")
            if not header:
                rest = data
                continue
            rows = _Rows(header, delimiter, table, layout)
        cells, rest = rows.read(data, block.last)
        cells.broke_off = block.broke_off
        yield cells


def read_header(path: Path, delimiter: str = ",") -> list[str]:
    """The names of the columns; none where it is no readable text. For a look at what a file is."""
    try:
        block = next(read_blocks(path, 1 << 16))
        return _header(path, block.data, delimiter, True)[0]
    except BadInputError:
        return []


class _Rows:
    """Reads the blocks of one file under its header."""

    def __init__(self, header: list[str], delimiter: str, table: str, layout: Layout) -> None:
        self._header = header
        self._delimiter = delimiter
        self._encoding: str | None = None  # as long as all was ASCII
        self._table = table
        self._layout = layout

    def read(self, data: bytes, last: bool) -> tuple[Cells, bytes]:
        """The rows that end in ``data``, and the bytes after them."""
        if self._encoding is None:
            self._encoding = _encoding_of(data, last)
        end = tidy_end(data, self._delimiter, last)
        if end is not None and len(data) - end <= RECORD_BYTES:
            part = self._fast(memoryview(data)[:end])
            if part is not None:
                return part, data[end:]
            return self._exact(data[:end], True)[0], data[end:]
        return self._exact(data, last)

    def _fast(self, ready: memoryview) -> Cells | None:
        """All rows at once; None where a row or cell needs a closer look."""
        if not ready:
            return Cells(_frame(self._header, []))
        if self._encoding == "gb18030":
            try:
                ready = memoryview(str(ready, "gb18030").encode())
            except (UnicodeDecodeError, UnicodeEncodeError):
                return None
        try:
            return Cells(self._parse(ready, None))
        except pa.ArrowInvalid:
            pass
        odd: list[arrow_csv.InvalidRow] = []

        def set_aside(row: arrow_csv.InvalidRow) -> str:
            odd.append(row)
            return "skip"

        try:
            str(ready, "utf-8")
            frame = self._parse(ready, set_aside)
        except (UnicodeDecodeError, pa.ArrowInvalid):
            return None
        if any(self._layout(self._header, row.actual_columns) for row in odd):
            return None
        return Cells(frame, [self._odd_width(row.actual_columns, row.text) for row in odd])

    def _parse(
        self, ready: memoryview, on_odd_row: Callable[[arrow_csv.InvalidRow], str] | None
    ) -> pl.DataFrame:
        table = arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(ready)),
            arrow_csv.ReadOptions(column_names=self._header, block_size=_ARROW_BLOCK, use_threads=False),
            arrow_csv.ParseOptions(
                delimiter=self._delimiter, newlines_in_values=True, invalid_row_handler=on_odd_row
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(self._header, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def _exact(self, data: bytes, last: bool) -> tuple[Cells, bytes]:
        rows: list[list[str | None]] = []
        rejects: list[RawReject] = []
        columns = list(self._header)
        places: dict[int, list[int] | None] = {}
        encoding, rest = self._encoding or "utf-8", b""
        for record in split(data, self._delimiter, encoding, last):
            if not isinstance(record, Record):
                rest = record
                continue
            width = len(record.cells)
            if not record.reason and width not in places:
                places[width] = self._places(width, columns)
            where = None if record.reason else places[width]
            if where is None:
                line = _shown(record.raw, encoding)
                rejects.append(
                    self._reject(record.reason, line) if record.reason else self._odd_width(width, line)
                )
                continue
            row: list[str | None] = [None] * len(columns)
            for place, cell in zip(where, record.cells, strict=True):
                row[place] = cell or None
            rows.append(row)
        return Cells(_frame(columns, rows), rejects), rest

    def _places(self, width: int, columns: list[str]) -> list[int] | None:
        """The place of each cell of such a row; columns that the header lacks are added."""
        names = self._layout(self._header, width)
        if names is None:
            return None
        columns.extend(name for name in names if name not in columns)
        return [columns.index(name) for name in names]

    def _odd_width(self, width: int, line: str) -> RawReject:
        return self._reject(f"the line has {width} cells, the header {len(self._header)}", line)

    def _reject(self, reason: str, line: str) -> RawReject:
        return {"table": self._table, "reason": reason, "row": line}


def _frame(columns: Sequence[str], rows: list[list[str | None]]) -> pl.DataFrame:
    for row in rows:
        row.extend([None] * (len(columns) - len(row)))
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return pl.DataFrame(dict(zip(columns, values, strict=True)), schema=dict.fromkeys(columns, pl.String))


def _header(path: Path, data: bytes, delimiter: str, last: bool) -> tuple[list[str], bytes]:
    """The column names (none where the first line goes on in the next block) and the bytes behind the first line."""
    first = next(split(data, delimiter, _encoding_of(data, last) or "utf-8", last))
    if not isinstance(first, Record):
        return [], data
    if first.reason:
        raise BadInputError(f"{path} is no CSV file: {first.reason}.")
    names: list[str] = []
    for place, cell in enumerate(first.cells, 1):
        name = cell.replace("\0", "").strip() or f"column {place}"  # Arrow ends a name at its first NUL
        while name in names:
            name = f"{name} {place}"
        names.append(name)
    return names, data[data.index(first.raw) + len(first.raw) :]


def _encoding_of(data: bytes, last: bool) -> str | None:
    """UTF-8, or GBK where most lines that could be either can't be UTF-8; None where all is ASCII."""
    if data.isascii():
        return None
    lines = data.split(b"\n")
    votes = 0
    for line in lines if last else lines[:-1]:
        if not line.isascii():
            try:
                line.decode()
                votes += 1
            except UnicodeDecodeError:
                votes -= 1
    return "utf-8" if votes > 0 else "gb18030" if votes else None


def _shown(raw: bytes, encoding: str) -> str:
    for charset in (encoding, "gb18030"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")
