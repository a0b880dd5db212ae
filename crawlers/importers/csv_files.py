"""CSV files however they were saved: chunks of text columns, and the rows that are none.

UTF-8 with or without BOM, UTF-16 or GB18030; line ends inside quotes; rows of another length than the header; control
characters and overlong cells. What can't be read as a row is refused with the reason, and the file goes on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from crawlers.importers.lines import read_lines
from lake.raw import RawReject
from privacy.errors import BadInputError

_LONGEST = 10_000_000  # characters of one record: beyond, its quote was never closed


@dataclass(slots=True)
class Cells:
    """A chunk of rows: text columns named by the header, empty cells null; what was refused; why the file ended early."""

    frame: pl.DataFrame
    rejects: list[RawReject] = field(default_factory=list)
    broke_off: str = ""


def read_header(path: Path) -> list[str]:
    """The names of the columns; none where it is no readable text. For a look at what a file is."""
    try:
        lines = next(iter(read_lines(path, 65_536)), None)
    except BadInputError:
        return []
    return _names(lines.texts[0]) if lines and lines.texts else []


def read_csv(
    path: Path, table: str, shortest: int | None = None, more: Sequence[str] = ()
) -> Iterator[Cells]:
    """Read a CSV file chunk by chunk, memory flat.

    A row has as many cells as the header. Where ``shortest`` is given, rows of at least so many cells are filled up
    with nulls; where ``more`` names columns that newer versions append, longer rows are taken, too. Refused rows are
    meant for ``table``. Raises BadInputError where the file can't be read or is empty.
    """
    names: list[str] = []
    for lines in read_lines(path):
        rejects: list[RawReject] = [
            {"table": table, "reason": reason, "row": text} for reason, text in lines.bad
        ]
        rows: list[list[str]] = []
        for record in _records(lines.texts):
            cells = next(csv.reader([record], strict=False), [])
            if not names:
                names = _names(record)
            elif (shortest or len(names)) <= len(cells) <= len(names) + len(more):
                rows.append(cells)
            else:
                reason = f"the row has {len(cells)} cells, the header {len(names)}"
                rejects.append({"table": table, "reason": reason, "row": record})
        yield Cells(_frame([*names, *more], rows), rejects, lines.broke_off)


def _records(lines: Sequence[str]) -> Iterator[str]:
    """Lines joined while a quote is open."""
    open_lines: list[str] = []
    odd = False
    for line in lines:
        open_lines.append(line)
        odd ^= line.count('"') % 2 == 1
        if not odd:
            yield "\n".join(open_lines)
            open_lines = []
    if open_lines:
        yield "\n".join(open_lines)


def _names(header: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([header]), [])]


def _frame(names: Sequence[str], rows: list[list[str]]) -> pl.DataFrame:
    wide = [row + [""] * (len(names) - len(row)) for row in rows]
    columns = zip(*wide, strict=True) if wide else ([] for _ in names)
    data = {name: list(column) for name, column in zip(names, columns, strict=True)}
    frame = pl.DataFrame(data, schema=dict.fromkeys(names, pl.String))
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())
