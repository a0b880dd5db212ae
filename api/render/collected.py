"""Runs and refusals in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from api.collected import RejectReason, RunRow
from api.render.console import table


def runs_view(rows: Sequence[RunRow]) -> Table:
    """One line a run; of a run that didn't go well also what happened."""
    grid = table(
        "started (UTC)", "what", "source", "status", "pages", "rows", "rejected", "what happened",
        right=("pages", "rows", "rejected"), fixed=("started (UTC)", "what", "status", "pages", "rows", "rejected"),
    )  # fmt: skip
    for run in rows:
        started = f"{run.started_at:%m-%d %H:%M}" if run.started_at else "–"
        pages = f"{run.fetched or 0:,}/{run.asked:,}" if run.asked else "–"
        refused = {"forbidden": run.forbidden, "blocked": run.blocked, "truncated": run.truncated}
        said = [f"{number:,} {what}" for what, number in refused.items() if number]
        if run.status != "ok":
            said.append(run.message or "")
        grid.add_row(
            started,
            run.spider or run.kind,
            run.source,
            run.status,
            pages,
            f"{run.rows or 0:,}",
            f"{run.rejected or 0:,}",
            "; ".join(said),
        )
    return grid


def rejects_view(rows: Sequence[RejectReason]) -> Table:
    """Refusals, most frequent first."""
    grid = table("source", "table", "reason", "rows", "latest (UTC)", right=("rows",))
    for row in rows:
        latest = f"{row.latest:%Y-%m-%d %H:%M}" if row.latest else "–"
        grid.add_row(row.source or "–", row.table, row.reason, f"{row.rows:,}", latest)
    return grid


def rehearsal_view(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Table:
    """The first rows that an import would keep, one line a field."""
    grid = table("table", "row", "field", "value", right=("row",), fixed=("table", "row", "field"))
    for name, some in rows.items():
        for number, row in enumerate(some, 1):
            for place, (field, value) in enumerate(row.items()):
                shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
                grid.add_row("" if place else name, "" if place else str(number), field, shown)
    return grid
