"""CSV record by record, exactly: where records end, and what is no record. The path of what isn't plainly well formed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

RECORD_BYTES = 4 * 1024 * 1024  # a record beyond this is a quote that was never closed
_PIECE = 256 * 1024
_UNCLOSED = "a quote in the line is not closed"
_QUOTE, _LF, _CR = 0x22, 0x0A, 0x0D
_Bytes = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.intp]

csv.field_size_limit(RECORD_BYTES)  # the default, 131,072 characters, refuses what a table may hold


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands in the file and its cells; or, where ``reason`` says why, a line that is none."""

    raw: bytes
    cells: list[str]
    reason: str = ""


def tidy_end(data: bytes, delimiter: str, last: bool) -> int | None:
    """Where the last whole record of ``data`` ends (0: none does), if every quote stands as RFC 4180 has it.

    A quote opens a cell after a delimiter or line end, closes it before one, or is doubled. Where all do, a line end
    behind an even number of quotes ends a record; where one does not, the answer is None.
    """
    view = np.frombuffer(data, np.uint8)
    quotes = _quotes(view)
    if not last:
        end = _last_line_end(data, quotes)
        quotes = quotes[: np.searchsorted(quotes, end)]
    elif len(quotes) % 2:
        return None
    else:
        end = len(data)
    opening, closing = quotes[::2], quotes[1::2]
    ends_cell = np.zeros(256, bool)
    ends_cell[[ord(delimiter), _LF, _CR]] = True
    opens = ends_cell[view[opening - 1]] | (opening == 0)
    closes = ends_cell[view[np.minimum(closing + 1, len(data) - 1)]] | (closing == len(data) - 1)
    doubled = opening[1:] == closing[:-1] + 1
    opens[1:] |= doubled
    closes[:-1] |= doubled
    return end if opens.all() and closes.all() else None


def _quotes(view: _Bytes) -> _Places:
    """Where quotes stand; looked for in pieces, since what is compared at once needs as much memory again."""
    pieces = range(0, len(view), _PIECE)
    found = [np.flatnonzero(view[start : start + _PIECE] == _QUOTE) + start for start in pieces]
    return np.concatenate([np.empty(0, np.intp), *found])


def _last_line_end(data: bytes, quotes: _Places) -> int:
    mark = b"\n" if b"\n" in data else b"\r"
    end = data.rfind(mark)
    while end >= 0 and (before := int(np.searchsorted(quotes, end))) % 2:
        end = data.rfind(mark, 0, int(quotes[before - 1]))
    return end + 1


def split(data: bytes, delimiter: str, encoding: str, last: bool) -> Iterator[Record | bytes]:
    """The records of ``data``, one after the other, then what is left of it: the start of a record that goes on.

    A line whose quotes don't fit stands alone: it is read as it is where that can be meant, and refused otherwise.
    """
    whole, open_end = _patterns(delimiter)
    at = 0
    while at < len(data):
        found = whole.match(data, at)
        if found is None or (found.end() == len(data) and not last):
            waits = found is not None or open_end.match(data, at) is not None
            if waits and not last and len(data) - at <= RECORD_BYTES:
                break
        if found is None:
            stop = _line_end(data, at)
            yield _line(data[at:stop], delimiter, encoding)
        else:
            stop = found.end()
            if stop > at:
                yield _record(data[at:stop], delimiter, encoding)
        at = stop + (2 if data[stop : stop + 2] == b"\r\n" else 1)
    yield data[at:]


@lru_cache
def _patterns(delimiter: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A whole record, and a record whose last quote is still open at the end of the data."""
    mark = re.escape(delimiter.encode())
    opened = rb'"[^"]*+(?:""[^"]*+)*+'
    bare = rb'[^"\r\n%b][^\r\n%b]*+' % (mark, mark)
    cell = rb'(?:%b"|%b|)' % (opened, bare)
    whole = rb"%b(?:%b%b)*+(?=[\r\n]|\Z)" % (cell, mark, cell)
    return re.compile(whole), re.compile(rb"(?:%b%b)*+%b\Z" % (cell, mark, opened))


def _line_end(data: bytes, at: int) -> int:
    ends = [end for end in (data.find(b"\n", at), data.find(b"\r", at)) if end >= 0]
    return min(ends, default=len(data))


def _record(raw: bytes, delimiter: str, encoding: str) -> Record:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return Record(raw, [], _not_text(raw, encoding))
    try:
        return Record(raw, next(csv.reader([text], delimiter=delimiter)))
    except csv.Error as error:
        return Record(raw, [], f"the line is no CSV: {error}")


def _line(raw: bytes, delimiter: str, encoding: str) -> Record:
    if raw.count(b'"') % 2:
        return Record(raw, [], _UNCLOSED)
    return _record(raw, delimiter, encoding)


def _not_text(raw: bytes, encoding: str) -> str:
    if encoding != "utf-8":
        return "the line is not GBK as the rest of the file"
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return "the line is not UTF-8"
    return "the line is not UTF-8; it reads as GBK"
