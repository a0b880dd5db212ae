"""What people are worth, and who is ready to buy."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, role_of, show


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    for command in (value, target):
        app.command(command.__name__)(command)


def value(
    query: Annotated[
        str | None, typer.Argument(help="The audience, as for search; none: everybody known.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, max=1000, help="Also list so many, the best first.")] = 0,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Say what an audience is worth: customers by state, RFM tiers, loyalty, chances of buying."""
    from api.render.value import value_view
    from audience.worth.value import value as ask

    show(ask(home_at(home), query, limit, role=role_of(role)), as_json, value_view)


def target(
    query: Annotated[str, typer.Argument(help="The audience, as for search.")],
    interests: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="TAG", help="What they should need; default: the query's."),
    ] = None,
    limit: Annotated[int, typer.Option(min=0, max=1000, help="People to list.")] = 20,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Score who needs it, can pay for it and decides; a part without evidence is unknown."""
    from api.render.value import target_view
    from audience.worth.target import target as ask

    show(ask(home_at(home), query, tuple(interests or ()), limit, role=role_of(role)), as_json, target_view)
