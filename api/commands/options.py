"""Options that commands share, spelled once, and how a command gives its answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import RenderableType

    from privacy.disclosure import Role
    from privacy.home import Home

HomeDir = Annotated[
    Path | None,
    typer.Option(
        "--home", metavar="DIR", envvar="RENQUN_HOME", help="Where renqun keeps things.", show_envvar=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
AsRole = Annotated[
    str, typer.Option("--role", metavar="ROLE", help="Act as analyst, planner, activate or admin.")
]
FromList = Annotated[
    Path | None,
    typer.Option(
        "--list",
        exists=True,
        dir_okay=False,
        metavar="FILE",
        help="Instead of a query: a CSV that names people as seeds do, or the JSON of lookalike.",
    ),
]
OfSource = Annotated[str | None, typer.Option("--source", help="Only of this source.")]
DEFAULT_ROLE = "planner"


class Model(Protocol):
    """What every answer can do: write itself as JSON (a pydantic model)."""

    def model_dump_json(self, *, indent: int | None = None) -> str:
        """The answer as JSON text."""


M = TypeVar("M", bound=Model)


def audience_in(query: str | None, people: Path | None) -> str | Path:
    """The one audience that a command was given. Raises BadInputError for none or two; everybody is the empty query."""
    from privacy.errors import BadInputError

    if (query is None) == (people is None):
        raise BadInputError("give one audience: a query, or --list FILE", "'' is everybody")
    return people if people is not None else query or ""


def home_at(folder: Path | None) -> Home:
    """The home to work on: ``--home``, else ``RENQUN_HOME``, else ``./renqun-home``."""
    from privacy.home import Home

    return Home.find(folder)


def role_of(text: str) -> Role:
    """The role named on the command line; `BadInputError` for any other word."""
    from privacy.disclosure import Role

    return Role.parse(text)


def share_of(text: str, option: str) -> float:
    """A share as people write it: ``20%`` or ``0.2``. Raises BadInputError."""
    plain = text.strip().removesuffix("%").removesuffix("％")
    try:
        return float(plain) / (100 if plain != text.strip() else 1)
    except ValueError:
        from privacy.errors import BadInputError

        raise BadInputError(f"{option} {text!r} is no share", "write 20% or 0.2") from None


def one_of(known: Collection[str], name: str, what: str) -> None:
    """Refuse a name that is none of the known ones, showing them."""
    if name not in known:
        from privacy.errors import BadInputError

        raise BadInputError(f"There is no {what} {name!r}.", f"There are {', '.join(known)}.")


def show(answer: M, as_json: bool, render: Callable[[M], RenderableType]) -> None:
    """Print an answer: indented JSON for machines, else what ``render`` draws for people."""
    if as_json:
        print(answer.model_dump_json(indent=2))
        return
    from api.render.console import console

    console().print(render(answer), crop=False)


def show_all(
    rows: Sequence[BaseModel], as_json: bool, render: Callable[[Any], RenderableType], nothing: str = ""
) -> None:
    """Print a list of answers: a JSON array for machines, else what ``render`` draws of all of them for people.

    ``nothing`` is told to people where the list is empty.
    """
    if as_json:
        import json

        print(json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False, indent=2))
        return
    if nothing and not rows:
        say(nothing)
        return
    from api.render.console import console

    console().print(render(rows))


def say(text: str) -> None:
    """One line about progress or what to do next, to stderr, so that stdout stays the answer."""
    import sys

    print(text, file=sys.stderr)
