"""Who may not be contacted: add people or a list, and see how many there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import (
    DEFAULT_ROLE,
    AsJson,
    AsRole,
    FromList,
    HomeDir,
    audience_in,
    home_at,
    role_of,
    say,
    show,
)

app = typer.Typer(
    help="People who may not be contacted: opt-outs, unsubscribes, complaints, blocks, lists of your own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Reason = Annotated[str, typer.Option(help="unsubscribe, complaint, block or list.")]
Note = Annotated[str, typer.Option(help="Where this is from, for those who come after.")]


def register(root: typer.Typer) -> None:
    """Add the command that leads back to names."""
    root.command("activate")(activate)


@app.command("add")
def add(
    who: Annotated[str, typer.Argument(help="A customer id, a profile URL, source:handle, or a pseudonym.")],
    reason: Reason = "list",
    note: Note = "",
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Suppress one person."""
    from api.render.campaigns import suppress_view
    from audience.named.finder import named
    from campaigns.suppression import suppress

    show(suppress(home_at(home), [named(who)], reason, role_of(role), note=note), as_json, suppress_view)


@app.command("import")
def import_list(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A CSV that names people as seeds do.")
    ],
    reason: Reason = "list",
    note: Note = "",
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Suppress everybody on a list."""
    from api.render.campaigns import suppress_view
    from audience.named.lists import read_csv
    from campaigns.suppression import suppress

    answer = suppress(
        home_at(home), list(read_csv(file, what="the list")), reason, role_of(role), note=note or file.name
    )
    show(answer, as_json, suppress_view)


@app.command("lift")
def lift(
    who: Annotated[str, typer.Argument(help="A customer id, a profile URL, source:handle, or a pseudonym.")],
    reason: Reason = "list",
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
) -> None:
    """Take one person off the list again for one reason. Role admin."""
    from audience.named.finder import named
    from campaigns.suppression import lift_suppression

    lifted = lift_suppression(home_at(home), [named(who)], reason, role_of(role))
    say(f"{-lifted.added} lifted" if lifted.added else "nobody was suppressed for that reason")


@app.command("list")
def list_reasons(home: HomeDir = None, role: AsRole = DEFAULT_ROLE, as_json: AsJson = False) -> None:
    """Say how many people are suppressed, and why."""
    from api.render.campaigns import suppressed_view
    from campaigns.suppression import suppressed

    show(suppressed(home_at(home), role_of(role)), as_json, suppressed_view)


def activate(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="out.csv, mode 0600.")],
    audience: Annotated[
        str | None, typer.Argument(help="A query (segment:NAME is one), or campaign:NAME for its test arm.")
    ] = None,
    people: FromList = None,
    purpose: Annotated[str, typer.Option(help="What for, in words; it is kept in the audit trail.")] = "",
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Write the names of people who may be contacted: the only way back to them. Role activate; audited."""
    from api.render.campaigns import activation_view
    from campaigns.activate import activate as write

    asked = audience_in(audience, people)
    show(write(home_at(home), asked, output, purpose, role_of(role)), as_json, activation_view)
