"""Sources in the terminal: what may be collected from each, and what was."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.text import Text

from api.collected import RunRow
from api.render.console import table
from api.render.grid import Grid
from api.sources import RobotsRow, SourceAnswer, SourceRow


def sources_view(rows: Sequence[SourceRow]) -> Grid:
    """One line a source."""
    grid = table(
        "source", "kind", "base URL", "days", "rate/s", "robots.txt", "last run (UTC)", "verdict",
        right=("days", "rate/s"), fixed=("source", "kind", "base URL", "last run (UTC)", "verdict"),
        spare=("rate/s", "days", "robots.txt", "base URL", "last run (UTC)"),
    )  # fmt: skip
    for row in rows:
        started, verdict = _last(row.last_run)
        grid.add_row(
            row.source,
            row.kind,
            row.base_url,
            str(row.retention_days),
            f"{row.rate:g}",
            _robots(row.robots_txt),
            started,
            verdict,
        )
    return grid


def checks_view(checks: Sequence[SourceAnswer]) -> Group:
    """A few lines a source."""
    return Group(*(Text(_check(one)) for one in checks))


def _check(one: SourceAnswer) -> str:
    started, verdict = _last(one.last_run)
    lines = [
        f"{one.source} ({one.kind}, {one.base_url})",
        f"  policy      {one.legal_basis}; {one.terms_url or one.licence_url}; kept {one.retention_days} days",
    ]
    if one.note:
        lines.append(f"  note        {one.note}")
    for place, address in enumerate(one.addresses):
        said = "allowed " if address.allowed else "refused "
        lines.append(f"  {'' if place else 'robots.txt':11} {said} {address.url}")
        if address.why_not:
            lines.append(f"  {'':11} {'':8} {address.why_not}")
    if one.addresses:
        delay = f"Crawl-delay {one.crawl_delay:g} s" if one.crawl_delay else "no Crawl-delay"
        lines.append(
            f"  pace        one request in {one.seconds_between:g} s, {one.concurrency} at once ({delay})"
        )
    lines.append(f"  last run    {started} {verdict}")
    lines += [f"  {'' if place else 'mend':11} {said}" for place, said in enumerate(one.mend)]
    return "\n".join([*lines, ""])


def _robots(row: RobotsRow | None) -> str:
    return "–" if row is None else f"{row.says} ({row.asked_at:%m-%d %H:%M})"


def _last(run: RunRow | None) -> tuple[str, str]:
    if run is None:
        return "–", "never"
    return (f"{run.started_at:%Y-%m-%d %H:%M}" if run.started_at else "–"), run.status
