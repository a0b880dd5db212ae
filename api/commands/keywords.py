"""``renqun keywords``: which words people use for a matter, and what each is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, role_of, say, show

app = typer.Typer(
    help="Keyword research: extension words with heat, trend, specificity and intent.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def family() -> None:
    """Keyword research: extension words with heat, trend, specificity and intent."""


@app.command("expand")
def expand(
    cores: Annotated[list[str], typer.Argument(metavar="CORE...", help="Core words, such as 露营.")],
    depth: Annotated[
        int, typer.Option(min=1, max=3, help="Steps from the core word through suggestions.")
    ] = 1,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Words to list.")] = 50,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Also write the words that are not marked, one a line, for renqun crawl.",
        ),
    ] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Extend core words: by suggestions, by what is said together, by places and brands."""
    from api.render.keywords import keywords_view
    from audience.keywords.expand import expand as ask

    answer = ask(home_at(home), cores, depth=depth, limit=limit, role=role_of(role))
    show(answer, as_json, keywords_view)
    if out is not None:
        terms = [one.term for one in answer.keywords if one.mark is None]
        _write(out, terms)
        say(f"{len(terms)} terms written to {out}. Next: renqun crawl keywords --source … --terms-from {out}")


def _write(path: Path, terms: list[str]) -> None:
    """One term a line. Raises BadInputError where the file can't be written."""
    from privacy.errors import BadInputError

    try:
        path.write_text("\n".join(terms) + "\n", "utf-8")
    except OSError as error:
        raise BadInputError(f"{path} can't be written: {error.strerror}.") from None
