"""Runs and refusals in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from api.collected import RejectReason, RunRow
from api.render.console import table

_COUNTS = ("asked", "fetched", "rows", "rejected")


def runs_view(rows: Sequence[RunRow]) -> Table:
    """One line a run; what went wrong stands under its counts."""
    grid = table("started (UTC)", "what", "source", "status", *_COUNTS, "message", right=_COUNTS)
    for run in rows:
        started = f"{run.started_at:%m-%d %H:%M:%S}" if run.started_at else "–"
        refused = {"forbidden": run.forbidden, "blocked": run.blocked, "truncated": run.truncated}
        said = [f"{number:,} {what}" for what, number in refused.items() if number]
        numbers = [
            f"{number:,}" if number is not None else "–" for number in map(run.__getattribute__, _COUNTS)
        ]
        grid.add_row(
            started,
            run.spider or run.kind,
            run.source,
            run.status,
            *numbers,
            "; ".join([*said, run.message or ""]),
        )
    return grid


def rejects_view(rows: Sequence[RejectReason]) -> Table:
    """Refusals, most frequent first."""
    grid = table("source", "table", "reason", "rows", "latest (UTC)", right=("rows",))
    for row in rows:
        latest = f"{row.latest:%Y-%m-%d %H:%M}" if row.latest else "–"
        grid.add_row(row.source or "–", row.table, row.reason, f"{row.rows:,}", latest)
    return grid
