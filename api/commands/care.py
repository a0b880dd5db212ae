"""Looking after a home: doctor, runs."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from api.commands.options import AsJson, HomeDir, OfSource, home_at, show, show_all

Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Rows to show, newest first.")]


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    for command in (runs, doctor):
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
    run_id: Annotated[str | None, typer.Argument(metavar="[RUN_ID]", help="Show this run whole.")] = None,
    limit: Limit = 20,
    kind: Annotated[str | None, typer.Option(help="Only crawl, import, retry or snapshot rows.")] = None,
    source: OfSource = None,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """List crawls and imports with their verdict, or show one whole: decisions, completeness, what was refused."""
    from api.collected import latest_runs, one_run
    from api.render.collected import run_view, runs_view

    if run_id is not None:
        show(one_run(home_at(home), run_id), as_json, run_view)
        return
    nothing = "No runs yet: renqun crawl SPIDER --source NAME, or renqun import PATH"
    show_all(latest_runs(home_at(home), limit, kind, source), as_json, runs_view, nothing)
