"""``renqun topics``: what people write about, and how good the topics are."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, role_of, show


def register(app: typer.Typer) -> None:
    """Add this family's command."""
    app.command("topics")(topics)


def topics(
    limit: Annotated[int, typer.Option(min=1, max=500, help="Topics to list.")] = 50,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """List topics with their words, people, quality, and posts that stand for them.

    How many there are is chosen by coherence, or set: renqun mine --topics K.
    """
    from api.render.topics import topics_view
    from audience.tags.topics import topics as ask

    show(ask(home_at(home), limit=limit, role=role_of(role)), as_json, topics_view)
