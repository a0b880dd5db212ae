"""``renqun audit``: who saw what, and when."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, role_of, say, show_all


def register(app: typer.Typer) -> None:
    """Add this family's command."""
    app.command("audit")(audit)


def audit(
    who: Annotated[
        str | None, typer.Option("--who", metavar="NAME", help="Only of this key; local is this machine.")
    ] = None,
    action: Annotated[
        str | None, typer.Option("--action", metavar="NAME", help="Only these: search, export, activate …")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="A date, or so long ago: 30d, 12h.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before this.")] = None,
    before: Annotated[
        int | None, typer.Option("--before", metavar="ID", min=1, help="Go on below this entry.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Entries to show.")] = 50,
    role: AsRole = DEFAULT_ROLE,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the audit trail, latest first. Role admin; each look is an entry itself."""
    from api.audited import audit_trail
    from api.render.audit import audit_view

    rows = audit_trail(
        home_at(home),
        role_of(role),
        "local",
        limit,
        who=who,
        action=action,
        since=since,
        until=until,
        before=before,
    )
    show_all(rows, as_json, audit_view, "No entry of the audit trail is like that.")
    if len(rows) == limit and not as_json:
        say(f"There may be older ones: --before {rows[-1].id}, or --limit")
