"""The commands of ``renqun``, one module a family. Their heavy imports happen inside them: the line starts light."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands import (
    advise,
    ask,
    audit,
    bench,
    brands,
    campaign,
    care,
    collect,
    demo,
    dictionary,
    erase,
    forums,
    hashtags,
    keys,
    keywords,
    mine,
    network,
    query,
    rejects,
    sandbox,
    schedule,
    segments,
    serve,
    sources,
    suppress,
    tags,
    topics,
    value,
)

HELP = """renqun (人群): audiences out of public conversation and search demand.

Start with `renqun demo`. Then: crawl or import, mine, and ask with search, lookalike, trends, overlap.
Every command takes --home DIR (or RENQUN_HOME); `renqun COMMAND --help` says more."""


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="renqun",
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_whole)
    for family in (
        demo,
        collect,
        mine,
        ask,
        topics,
        advise,
        network,
        serve,
        value,
        suppress,
        erase,
        audit,
        care,
        bench,
    ):
        family.register(app)
    app.add_typer(sandbox.app, name="sandbox")
    app.add_typer(sources.app, name="sources")
    app.add_typer(segments.app, name="segments")
    app.add_typer(schedule.app, name="schedule")
    app.add_typer(forums.app, name="forums")
    app.add_typer(query.app, name="query")
    app.add_typer(rejects.app, name="rejects")
    app.add_typer(brands.app, name="brands")
    app.add_typer(keywords.app, name="keywords")
    app.add_typer(hashtags.app, name="hashtags")
    app.add_typer(dictionary.app, name="dict")
    app.add_typer(tags.app, name="tags")
    app.add_typer(keys.app, name="keys")
    app.add_typer(network.app, name="network")
    app.add_typer(campaign.app, name="campaign")
    app.add_typer(suppress.app, name="suppress")
    return app


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"renqun {version('renqun')}")
        raise typer.Exit


def _whole(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and leave."),
    ] = False,
) -> None:
    del version
