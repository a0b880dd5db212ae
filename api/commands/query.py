"""Queries themselves: what one means, and its text and JSON forms."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, role_of, show

app = typer.Typer(
    help="Queries themselves: what one means in plain Chinese, as text and as JSON.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def queries() -> None:
    """Queries themselves: what one means in plain Chinese, as text and as JSON."""


@app.command()
def explain(
    query: Annotated[str, typer.Argument(help="As for search: text, or the model's JSON.")],
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Say what a query means, without asking it: text, JSON and plain Chinese; names are checked."""
    from api.render.query import query_view
    from audience.search.explain import explain as ask

    show(ask(home_at(home), query, role=role_of(role)), as_json, query_view)
