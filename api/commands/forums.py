"""``renqun forums``: files that say where the parts of an HTML forum's pages stand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import AsJson, one_of

app = typer.Typer(
    help="Forum files: read a new kind of HTML forum without a line of Python.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List the forum files that come with renqun."""
    import json

    from api.render.console import console, table
    from crawlers.protocols.forum_file import load_forum, shipped

    names = {name: load_forum(name).name for name in shipped()}
    if as_json:
        print(json.dumps(names, ensure_ascii=False, indent=2))
        return
    grid = table("file", "reads")
    for name, reads in names.items():
        grid.add_row(name, reads)
    console().print(grid)


@app.command("show")
def show(name: Annotated[str, typer.Argument(help="A name from `renqun forums list`.")]) -> None:
    """Print a forum file, to begin one of your own with: renqun forums show phpbb > my.toml."""
    from crawlers.protocols.forum_file import shipped, source_of

    one_of(shipped(), name, "forum file")
    print(source_of(name), end="")


@app.command("try")
def try_file(
    file: Annotated[str, typer.Argument(help="A forum file, or a name from `renqun forums list`.")],
    page: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A page saved from the forum.")],
    url: Annotated[str, typer.Option(help="The address that the page was saved from.")],
    kind: Annotated[
        str | None, typer.Option(help="index, board, topic or person; guessed where not said.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="How its times without a zone are read.")] = "UTC",
    as_json: AsJson = False,
) -> None:
    """Show what a forum file reads on a saved page, and which of its keys find nothing there."""
    import json
    from dataclasses import asdict
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from api.render.console import console
    from api.render.forums import trial_view
    from crawlers.protocols.forum_file import load_forum
    from crawlers.protocols.forum_trial import KINDS, try_page
    from privacy.errors import BadInputError

    if kind is not None:
        one_of(KINDS, kind, "kind of page")
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInputError(f"{timezone!r} is no time zone.", "Write one such as Asia/Shanghai.") from None
    trial = try_page(load_forum(file), page.read_bytes(), url, zone, kind)
    if as_json:
        print(json.dumps(asdict(trial), ensure_ascii=False, indent=2, default=str))
        return
    console().print(trial_view(trial))
