"""Recommendation: from a brief to an audience, and from an audience to what to say, where and when."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, role_of, show


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    for command in (recommend, brief):
        app.command(command.__name__)(command)


def recommend(
    query: Annotated[str, typer.Argument(help="The audience, as for search, or segment:NAME.")],
    limit: Annotated[int, typer.Option(min=1, max=200, help="Accounts to advise.")] = 10,
    novelty: Annotated[
        float, typer.Option(min=0, max=1, help="Favour accounts that few people know already.")
    ] = 0.0,
    diversity: Annotated[
        float, typer.Option(min=0, max=1, help="Favour accounts that reach other people than those before.")
    ] = 1.0,
    weights: Annotated[
        str, typer.Option(metavar="PARTS", help="How an account is scored, such as items=1,content=0.5.")
    ] = "users=1,items=1,content=1",
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Say what an audience talks about, which accounts reach it, when, and which words to use and to avoid."""
    from api.render.recommend import recommend_view
    from audience.recommend.accounts import recommend as ask
    from audience.recommend.advised import Weights

    answer = ask(
        home_at(home),
        query,
        limit,
        novelty=novelty,
        diversity=diversity,
        weights=Weights.parse(weights),
        role=role_of(role),
    )
    show(answer, as_json, recommend_view)


def brief(
    file: Annotated[str, typer.Argument(help="A text file with the brief; - reads what is piped in.")],
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Suggest audiences for a campaign brief, each as a query with its size."""
    from api.render.recommend import brief_view
    from audience.named.lists import read_text
    from audience.recommend.brief import brief as ask

    content = sys.stdin.buffer.read() if file == "-" else Path(file)
    show(ask(home_at(home), read_text(content, "the brief"), role=role_of(role)), as_json, brief_view)
