"""Erasure and retention in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from api.erasure import ExpiredRow, ForgetReport
from api.render.console import table
from crawlers.report import counted


def forget_view(report: ForgetReport) -> RenderableType:
    """What left the home."""
    rows = ", ".join(f"{rows:,} of {name}" for name, rows in report.rows.items()) or "none"
    who = f"{counted(report.erased, 'account')} {'is' if report.erased == 1 else 'are'}"
    said = f"{who} withheld from now on. Rows that were removed: {rows}."
    if report.addresses:
        said += f" Addresses that were to be asked for again: {report.addresses:,} removed."
    if report.unknown:
        said += f" {report.unknown:,} of {report.asked:,} name nobody known."
    return Text(said)


def retention_view(rows: Sequence[ExpiredRow]) -> RenderableType:
    """What was too old."""
    grid = table(
        "source",
        "table",
        "rows",
        "collected before (UTC)",
        "why",
        right=("rows",),
        fixed=("collected before (UTC)",),
    )
    for row in rows:
        grid.add_row(row.source, row.table, f"{row.rows:,}", f"{row.before:%Y-%m-%d %H:%M}", row.why)
    return grid
