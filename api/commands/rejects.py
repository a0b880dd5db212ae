"""``renqun rejects``: what was refused, why, and taking it again."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import (
    DEFAULT_ROLE,
    AsJson,
    AsRole,
    HomeDir,
    OfSource,
    home_at,
    role_of,
    say,
    show_all,
)

app = typer.Typer(
    help="Refused rows: counted by reason, listed, taken again.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
_NOTHING = "Nothing was refused."
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Rows to show.")]
WithReason = Annotated[str | None, typer.Option("--reason", help="Only with exactly this reason.")]


@app.callback()
def by_reason(
    context: typer.Context,
    limit: Limit = 20,
    source: OfSource = None,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Count the refused rows by table and reason. The rows themselves stay in the vault."""
    if context.invoked_subcommand is not None:
        return
    from api.collected import reject_reasons
    from api.render.collected import rejects_view

    show_all(reject_reasons(home_at(home), limit, source), as_json, rejects_view, _NOTHING)


@app.command("rows")
def rows(
    reason: WithReason = None,
    source: OfSource = None,
    limit: Limit = 20,
    role: AsRole = DEFAULT_ROLE,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Show refused rows as they came, latest first. They may name people: role planner, audited."""
    from api.collected import reject_rows
    from api.render.collected import reject_rows_view

    found = reject_rows(home_at(home), role_of(role), "local", limit, reason, source)
    show_all(found, as_json, reject_rows_view, _NOTHING)


@app.command("retry")
def retry(
    reason: WithReason = None, source: OfSource = None, home: HomeDir = None, as_json: AsJson = False
) -> None:
    """Take refused rows again, after what refused them was mended: what passes now is written and leaves the rejects.

    Pages are asked for again by the next crawl of their source. Lines of files stay: import the file again.
    """
    import json

    from crawlers.retry import retry as retry_rejects

    report = retry_rejects(home_at(home), source, reason)
    if as_json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
        return
    if not report.taken:
        say(_NOTHING)
        return
    say(f"{report.taken:,} refused rows: {report.passed:,} passed, {report.put_back:,} pages were put back.")
    for why, count in report.refused.most_common():
        say(f"  refused again: {count:,}, {why}")
    for why, count in report.kept.most_common():
        say(f"  stay: {count:,} {why}")
    if report.put_back:
        say("Next: renqun crawl, which asks for the pages that were put back")
