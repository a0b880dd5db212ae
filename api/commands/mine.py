"""``renqun mine``: collected tables into profiles, trends, structure, and the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AsJson, HomeDir, home_at, say

if TYPE_CHECKING:
    from datetime import datetime

    from privacy.home import Home


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    app.command("mine")(mine)


def mine(
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit new models (words, tags, topics) first.")
    ] = False,
    topics: Annotated[
        str | None,
        typer.Option(
            "--topics", metavar="K", help="Fit so many topics, or auto: as many as suit. Fits new models."
        ),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="The day that recency is reckoned from.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Annotate every post again.")] = False,
    early: Annotated[
        bool,
        typer.Option("--early", help="Only learn the early warning of hot lists from their own history."),
    ] = False,
    big: Annotated[
        float | None,
        typer.Option(
            metavar="HEAT", help="With --early: the heat that is big; default: what 1 in 40 reaches."
        ),
    ] = None,
    categories: Annotated[
        bool,
        typer.Option(
            "--categories", help="Only fill in categories of hot topics, learned from those that have one."
        ),
    ] = False,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Turn what was collected into profiles, trends, communities and the search index.

    Does nothing, quickly, when nothing new was collected.
    """
    from audience.index.opened import is_whole
    from mining.fresh import is_fresh
    from privacy.rights import lacking, refusal

    where = home_at(home)
    if path := lacking(where.root, where.state, where.lake, where.index):
        raise refusal(path)
    if early and categories:
        raise typer.BadParameter("--early and --categories are two runs")
    if categories:
        _fill_categories(where, as_json)
        return
    if early:
        _fit_early(where, big, as_json)
        return
    if big is not None:
        raise typer.BadParameter("--big goes with --early")
    day = _moment(as_of) if as_of else None
    fresh = not (refit or full or topics) and is_fresh(where, day)
    if fresh and is_whole(where):
        print('{"fresh": true}') if as_json else say(
            "Nothing new to mine: profiles and index are up to date."
        )
        return
    from api.mining_run import index_only, mine_and_index

    report = (
        index_only(where, quiet=as_json)
        if fresh
        else mine_and_index(where, day, refit=refit, full=full, topics=topics, quiet=as_json)
    )
    if as_json:
        print(report.to_json())
        return
    from api.render.console import console
    from api.render.mining import mining_view

    console().print(mining_view(report))


def _fit_early(home: Home, big: float | None, as_json: bool) -> None:
    """Learn the early warning of every hot list, with a line a source while it lasts."""
    import json
    from dataclasses import asdict

    from api.render.console import console
    from api.render.early import fits_view
    from mining.early import fit_early

    err = console(stderr=True, quiet=as_json)
    with err.status("early warning") as status:
        found = fit_early(home, big, status.update)
    if as_json:
        print(
            json.dumps([{**asdict(one), "until": one.until.isoformat()} for one in found], ensure_ascii=False)
        )
        return
    console().print(fits_view(found))


def _fill_categories(home: Home, as_json: bool) -> None:
    """Learn the categories of every hot list, with a line a source while it lasts."""
    import json
    from dataclasses import asdict
    from datetime import datetime

    from api.render.categories import filled_view
    from api.render.console import console
    from mining.categories import fill_categories

    err = console(stderr=True, quiet=as_json)
    with err.status("categories") as status:
        found = fill_categories(home, status.update)
    if as_json:
        rows = [asdict(one) for one in found]
        print(json.dumps(rows, ensure_ascii=False, default=datetime.isoformat))
        return
    console().print(filled_view(found))


def _moment(text: str) -> datetime:
    """A date or time as people type it. Raises BadInputError."""
    from datetime import UTC, datetime

    from audience.window import moment

    return moment(text, datetime.now(UTC))
