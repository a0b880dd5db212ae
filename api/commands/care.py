"""Looking after a home: doctor, runs, rejects."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from api.commands.options import AsJson, HomeDir, home_at, say

Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Rows to show, newest first.")]


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    for command in (runs, rejects, doctor):
        app.command(command.__name__)(command)


def doctor(home: HomeDir = None, as_json: AsJson = False) -> None:
    """Say what is installed, where data lies, what is stale. Exit code 1 when something is broken."""
    from api.doctor import diagnose

    found = diagnose(home_at(home))
    if as_json:
        print(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
    else:
        from api.render.console import console
        from api.render.doctor import doctor_view

        console().print(doctor_view(found))
    raise typer.Exit(0 if found.well else 1)


def runs(
    limit: Limit = 20,
    kind: Annotated[str | None, typer.Option(help="Only crawl, import or snapshot rows.")] = None,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """List crawls, imports and snapshots: what was asked, fetched, forbidden, blocked, rejected."""
    from api.collected import latest_runs

    rows = latest_runs(home_at(home), limit, kind)
    if as_json:
        print(json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False, indent=2))
        return
    if not rows:
        say("No runs yet: renqun crawl SPIDER --source NAME, or renqun import PATH")
        return
    from api.render.collected import runs_view
    from api.render.console import console

    console().print(runs_view(rows))


def rejects(limit: Limit = 20, home: HomeDir = None, as_json: AsJson = False) -> None:
    """Count the refused rows by table and reason. The rows themselves stay in the vault."""
    from api.collected import reject_reasons

    rows = reject_reasons(home_at(home), limit)
    if as_json:
        print(json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False, indent=2))
        return
    if not rows:
        say("Nothing was refused.")
        return
    from api.render.collected import rejects_view
    from api.render.console import console

    console().print(rejects_view(rows))
