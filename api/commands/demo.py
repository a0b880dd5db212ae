"""``renqun demo``: the whole way on one machine, in one command."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import AsJson, HomeDir


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    app.command("demo")(demo)


def demo(
    users: Annotated[int, typer.Option(min=50, help="Accounts in the synthetic network.")] = 2000,
    days: Annotated[int, typer.Option(min=7, help="Days of posts.")] = 90,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal networks.")] = 7,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop when the answers are shown.")] = False,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Crawl a synthetic network, mine it, answer one query of each user, then serve the API until Ctrl-C."""
    from api.demo import run_demo

    raise typer.Exit(run_demo(home, users, days, seed, not no_serve, as_json))
