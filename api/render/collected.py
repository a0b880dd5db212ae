"""Runs and refusals in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from api.collected import FieldShare, RejectReason, RejectRow, RunAnswer, RunRow
from api.render.console import table
from api.render.grid import Grid
from lake.runs import withheld_of

_SHOWN = 300  # characters of a refused row
_STEADY = 0.02  # a share that moved by less stands still
_COUNTS = (
    "asked",
    "fetched",
    "rows",
    "new",
    "updated",
    "forbidden",
    "blocked",
    "empty",
    "truncated",
    "rejected",
    "withheld",
)


def runs_view(rows: Sequence[RunRow]) -> RenderableType:
    """One line a run, and below the table what is to be said of those that need a look."""
    figures = ("pages", "rows", "new", "changed", "refused")
    spare = ("changed", "source", "new", "pages", "refused")
    grid = table("run", "source", "verdict", *figures, right=figures, fixed=("run", "verdict"), spare=spare)
    for run in rows:
        grid.add_row(
            run.run_id,
            run.source,
            run.status,
            _pages(run),
            f"{run.rows or 0:,}",
            _figure(run.new),
            _figure(run.updated),
            f"{run.rejected or 0:,}",
        )
    said = [f"{run.run_id}: {what}" for run in rows if (what := _what_happened(run))]
    return Group(grid, *map(Text, said))


def _pages(run: RunRow) -> str:
    """How many pages were read, and of how many where some were not."""
    if not run.asked:
        return "–"
    fetched = run.fetched or 0
    return f"{fetched:,}" if fetched == run.asked else f"{fetched:,}/{run.asked:,}"


def run_view(run: RunAnswer) -> RenderableType:
    """One run whole."""
    ended = f" to {run.ended_at:%H:%M:%S}" if run.ended_at else ""
    started = f"{run.started_at:%Y-%m-%d %H:%M:%S}{ended} UTC" if run.started_at else ""
    head = (
        f"{run.spider or run.kind} {run.source}: {run.status}\n{run.message or ''}\n{run.run_id}, {started}"
    )
    parts: list[RenderableType] = [Text(head), _counts_view(run)]
    if run.decisions:
        parts.append(_pairs_view("decision", run.decisions))
    if run.completeness:
        parts.append(_completeness_view(run.completeness))
    if run.rejects:
        parts.append(rejects_view(run.rejects))
    return Group(*parts)


def rejects_view(rows: Sequence[RejectReason]) -> Grid:
    """Refusals, most frequent first."""
    grid = table(
        "source", "table", "reason", "rows", "latest (UTC)", right=("rows",), fixed=("latest (UTC)",)
    )
    for row in rows:
        latest = f"{row.latest:%Y-%m-%d %H:%M}" if row.latest else "–"
        grid.add_row(row.source or "–", row.table, row.reason, f"{row.rows:,}", latest)
    return grid


def rehearsal_view(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Grid:
    """The first rows that an import would keep, one line a field."""
    grid = table("table", "row", "field", "value", right=("row",), fixed=("table", "field"))
    for name, some in rows.items():
        for number, row in enumerate(some, 1):
            for place, (field, value) in enumerate(row.items()):
                shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
                grid.add_row("" if place else name, "" if place else str(number), field, shown)
    return grid


def reject_rows_view(rows: Sequence[RejectRow]) -> Grid:
    """Refused rows, each cut to a few lines."""
    grid = table("source", "table", "reason", "row")
    for row in rows:
        text = row.row or ""
        cut = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text):,} characters)"
        grid.add_row(row.source or "–", row.table, row.reason, Text(cut))
    return grid


def _figure(count: int | None) -> str:
    """A count; what is not known is a dash, never 0."""
    return "–" if count is None else f"{count:,}"


def _what_happened(run: RunRow) -> str:
    """The message where there is something to do or to know (of a run that went well there is not), and what was withheld."""
    refused = run.forbidden or run.blocked or run.truncated
    said = run.message or "" if run.status != "ok" or refused or run.warnings else ""
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in withheld_of(run.decisions).items())
    return f"{said} Withheld: {reasons}.".strip() if reasons else said


def _counts_view(run: RunRow) -> Grid:
    grid = table(*_COUNTS, right=_COUNTS)
    grid.add_row(*(_figure(getattr(run, name)) for name in _COUNTS))
    return grid


def _pairs_view(head: str, pairs: dict[str, int]) -> Grid:
    grid = table(head, "times", right=("times",))
    for name, count in sorted(pairs.items()):
        grid.add_row(name, f"{count:,}" + (" s" if name.endswith("_seconds") else ""))
    return grid


def _completeness_view(fields: Sequence[FieldShare]) -> Grid:
    """The fields that say something, those that fell first."""
    grid = table("field", "filled", "usually", "", right=("filled", "usually"))
    for one in sorted(fields, key=lambda one: (not one.fell, one.field)):
        if one.share or one.usual:
            usual = "–" if one.usual is None else f"{one.usual:.0%}"
            grid.add_row(one.field, f"{one.share:.0%}", usual, _arrow(one))
    return grid


def _arrow(one: FieldShare) -> str:
    if one.usual is None or abs(one.share - one.usual) < _STEADY:
        return ""
    return "↓ warning" if one.fell else "↑" if one.share > one.usual else "↓"
