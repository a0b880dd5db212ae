"""The terminal: its width, plain tables, and figures as people read them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table

from audience.window import LOCAL

WIDTH = 100
BARS = "▁▂▃▄▅▆▇█"
GAP = " "
EIGHTHS = " ▏▎▍▌▋▊▉█"


def console(quiet: bool = False, stderr: bool = False) -> Console:
    """Standard output (or error), at most 100 columns; plain text when it isn't a terminal."""
    out = Console(highlight=False, quiet=quiet, stderr=stderr)
    if not out.is_terminal or out.width > WIDTH:
        out.width = WIDTH
    return out


def table(
    *heads: str, right: Collection[str] = (), fixed: Collection[str] = (), title: str | None = None
) -> Table:
    """A table without a cage; columns in ``right`` hold figures, those in ``fixed`` are never folded."""
    grid = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False, title_style="bold")
    for head in heads:
        justify: JustifyMethod = "right" if head in right else "left"
        grid.add_column(head, justify=justify, overflow="fold", no_wrap=head in fixed)
    return grid


def day(at: datetime) -> str:
    """The day of a moment, as the product's people count it: by Asia/Shanghai."""
    return f"{at.astimezone(LOCAL):%Y-%m-%d}"


def last_day(ends: datetime) -> str:
    """The last day that a span holds which ends before ``ends``."""
    return day(ends - timedelta(microseconds=1))


def days(starts: datetime, ends: datetime) -> str:
    """``2026-07-01 to 2026-07-30``: the first and the last day of a span that ends before ``ends``."""
    return f"{day(starts)} to {last_day(ends)}"


def number_of(many: int, what: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{many:,} {what}" + ("" if many == 1 else "s")


def bar(share: float, width: int = 12) -> str:
    """A share of 0 to 1 as a bar of eighth blocks, padded to ``width`` cells."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(width)


def percent(share: float | None) -> str:
    """A share as a percentage; ``unknown`` is a dash, never 0."""
    if share is None or math.isnan(share):
        return "–"
    return f"{share * 100:.1f}%" if share < 0.1 else f"{share * 100:.0f}%"


def between(low: float | None, high: float | None) -> str:
    """A 95 % interval of a share."""
    return "" if low is None or high is None else f"{percent(low)}–{percent(high)}"


def count(number: int | None) -> str:
    """A count with thousands separators; None is one that is not shown."""
    return "hidden" if number is None else f"{number:,}"


def sparkline(values: Sequence[float | None]) -> str:
    """One character a value, from 0 up to the highest; a gap (None) is blank, a zero is the lowest bar."""
    top = max((value for value in values if value is not None), default=0.0)
    line = ""
    for value in values:
        if value is None:
            line += GAP
        else:
            line += BARS[round(value / top * (len(BARS) - 1))] if top > 0 else BARS[0]
    return line
