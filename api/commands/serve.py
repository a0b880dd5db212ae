"""``renqun serve``: the HTTP API."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import HomeDir, home_at


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port; default 8600, or a free one where that is taken."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="A host name that clients may use for this server."),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(min=1, max=64, help="Processes that answer side by side; one for each core at most."),
    ] = 1,
    home: HomeDir = None,
) -> None:
    """Serve search, lookalike, trends, overlap and export over HTTP, until Ctrl-C.

    Listens on this machine only; any other address needs at least one API key (`renqun keys add`).
    """
    from api import server

    server.serve(home_at(home), host, port, frozenset(allow_host or ()), workers)
