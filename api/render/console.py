"""The terminal: its width, plain tables, and figures as people read them."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

from api.render.grid import Grid
from audience.window import LOCAL

WIDTH = 100
BARS = "▁▂▃▄▅▆▇█"
GAP = " "
EIGHTHS = " ▏▎▍▌▋▊▉█"


def console(quiet: bool = False, stderr: bool = False) -> Console:
    """Standard output (or error), plain text when it isn't a terminal.

    As wide as ``COLUMNS`` says; without it as the terminal, at most 100 columns, and 100 where there is none.
    """
    out = Console(highlight=False, quiet=quiet, stderr=stderr)
    asked = os.environ.get("COLUMNS", "")
    if not (asked.isdecimal() and int(asked)):
        out.width = min(out.width, WIDTH) if out.is_terminal else WIDTH
    if not out.is_terminal:
        out.push_render_hook(_Trimmed())
    return out


class _Trimmed(RenderHook):
    """Takes the spaces at the ends of lines away, which rich fills columns with."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """As rich calls it before it prints."""
        return [_TrimmedLines(one) for one in renderables]


@dataclass(frozen=True)
class _TrimmedLines:
    whole: ConsoleRenderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in Segment.split_lines(console.render(self.whole, options)):
            yield Segment("".join(segment.text for segment in line).rstrip() + "\n")


def table(
    *heads: str,
    right: Collection[str] = (),
    fixed: Collection[str] = (),
    spare: Sequence[str] = (),
    title: str = "",
) -> Grid:
    """An empty table: ``right`` are the heads of figures, ``fixed`` those never folded, ``spare`` the first to give way."""
    return Grid(heads, frozenset(right), frozenset(fixed), spare, title)


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
