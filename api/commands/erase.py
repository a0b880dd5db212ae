"""What leaves a home: people who ask for it, and what is older than its policy entry allows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, role_of, say, show, show_all

_MINE = "Next: renqun mine --full, so that derived tables and the index follow"


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    app.command("forget")(forget)
    app.command("retention")(retention)


def forget(
    who: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WHO]...", help="source:handle, source:#native_id, a profile URL or a pseudonym."
        ),
    ] = None,
    people: Annotated[
        Path | None,
        typer.Option("--list", exists=True, dir_okay=False, help="A CSV that names people as seeds do."),
    ] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Erase people from tables, vault and refused rows, for good, and keep them out. Role admin; audited."""
    from api.erasure import forget as erase
    from api.render.erasure import forget_view
    from audience.named.finder import named
    from audience.named.lists import read_csv

    rows = [*map(named, who or ()), *(read_csv(people, what="the list") if people else ())]
    report = erase(home_at(home), rows, role_of(role))
    show(report, as_json, forget_view)
    if report.rows:
        say(_MINE)


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is too old.")] = False,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Remove rows, refused ones too, that are older than the retention_days of their source. Role admin; audited."""
    from api.erasure import enforce_retention
    from api.render.erasure import retention_view

    found = enforce_retention(home_at(home), role_of(role), rehearsal=dry_run)
    show_all(found, as_json, retention_view, "Nothing is older than its source's retention_days.")
    if found and not dry_run:
        say(_MINE)
