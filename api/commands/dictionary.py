"""``renqun dict``: words that are to stay whole when text is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import (
    DEFAULT_ROLE,
    AsJson,
    AsRole,
    HomeDir,
    home_at,
    role_of,
    say,
    show,
)

app = typer.Typer(help="Your own words for cutting text.", no_args_is_help=True, rich_markup_mode=None)
_NEXT = "It takes effect with: renqun mine"


@app.command("list")
def list_words(home: HomeDir = None, as_json: AsJson = False) -> None:
    """List the words of your dictionary, and which of them the next mining run brings into force."""
    from api.dictionary import dictionary_of
    from api.render.dictionary import dictionary_view

    answer = dictionary_of(home_at(home))
    if not answer.words and not as_json:
        say("Your dictionary is empty: renqun dict add WORD, or renqun dict suggest")
        return
    show(answer, as_json, dictionary_view)


@app.command("add")
def add(
    words: Annotated[list[str] | None, typer.Argument(help="Words of 2 to 20 characters.")] = None,
    from_file: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="A file of words, one a line (jieba's format is fine)."),
    ] = None,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Keep words whole from the next mining run on; only posts that hold them are read again."""
    from api.dictionary import add as add_words
    from api.render.dictionary import change_view
    from mining.dictionary import read_words
    from privacy.errors import BadInputError

    wanted = [*(words or ()), *(read_words(from_file) if from_file else ())]
    if not wanted:
        raise BadInputError("No word was given.", "renqun dict add 氛围感, or --from FILE")
    show(add_words(home_at(home), wanted), as_json, lambda change: change_view(change, "added"))
    say(_NEXT)


@app.command("remove")
def remove(
    words: Annotated[list[str], typer.Argument(help="Words of your dictionary.")],
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Take words out of your dictionary."""
    from api.dictionary import remove as remove_words
    from api.render.dictionary import change_view

    show(remove_words(home_at(home), words), as_json, lambda change: change_view(change, "removed"))
    say(_NEXT)


@app.command("suggest")
def suggest(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many words.")] = 20,
    role: AsRole = DEFAULT_ROLE,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Propose words that people write and the dictionary lacks, with the evidence for each."""
    from api.dictionary import suggest as suggest_words
    from api.render.dictionary import suggestions_view

    show(suggest_words(home_at(home), limit, role_of(role)), as_json, suggestions_view)
