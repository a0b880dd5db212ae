"""``renqun mine``: collected tables into profiles, trends, structure, and the index."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import AsJson, HomeDir, home_at, say


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    app.command("mine")(mine)


def mine(
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit new models (words, tags, topics) first.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The day that recency is reckoned from.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Annotate every post again.")] = False,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Turn what was collected into profiles, trends, communities and the search index.

    Does nothing, quickly, when nothing new was collected.
    """
    from api.when import moment
    from audience.opened import is_stale
    from mining.fresh import is_fresh

    where = home_at(home)
    day = moment(as_of) if as_of else None
    if not (refit or full) and is_fresh(where, day) and not is_stale(where):
        print('{"fresh": true}') if as_json else say(
            "Nothing new to mine: profiles and index are up to date."
        )
        return
    from api.mining_run import mine_and_index

    report = mine_and_index(where, day, refit=refit, full=full, quiet=as_json)
    if as_json:
        print(report.to_json())
        return
    from api.render.console import console
    from api.render.mining import mining_view

    console().print(mining_view(report))
