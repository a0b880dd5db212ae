"""``renqun segments``: audiences with a name, who is in them over time, and word when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, role_of, say, show, show_all

if TYPE_CHECKING:
    from privacy.home import Home

app = typer.Typer(
    help="Save audiences by name, follow who joins and leaves, and be told when they grow or shrink.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(help="The segment's name.")]
Note = Annotated[str | None, typer.Option("--note", help="What it is for.")]


@app.command("list")
def list_all(home: HomeDir = None, as_json: AsJson = False) -> None:
    """Show every saved segment, its size and how it stands."""
    from api.render.segments import segments_view
    from audience.segments.manage import every

    show_all(
        every(home_at(home)), as_json, segments_view, 'No segment is saved: renqun segments save NAME "QUERY"'
    )


@app.command("show")
def show_one(name: Name, home: HomeDir = None, as_json: AsJson = False) -> None:
    """Show one segment: its query in words, its versions, its alerts."""
    from api.render.segments import segment_view
    from audience.segments.manage import show as ask

    show(ask(home_at(home), name), as_json, segment_view)


@app.command("save")
def save(
    name: Name,
    query: Annotated[str, typer.Argument(help="As for search; segment:OTHER names another segment.")],
    note: Note = None,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Keep today's members until it is computed again.")
    ] = False,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Save a query under a name, and look up who is in it."""
    from audience.segments.manage import save as keep

    where = home_at(home)
    keep(where, name, query, note or "", frozen, role_of(role))
    _computed(where, name, role, as_json)


@app.command("combine")
def combine(
    name: Name,
    wanted: Annotated[list[str] | None, typer.Option("--all", help="In this segment; repeat it.")] = None,
    either: Annotated[list[str] | None, typer.Option("--any", help="In one of these; repeat it.")] = None,
    refused: Annotated[list[str] | None, typer.Option("--none", help="Not in this one; repeat it.")] = None,
    note: Note = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Save a segment made of others: those in all of some, in any of some, and in none of some."""
    from audience.segments.manage import combined
    from audience.segments.manage import save as keep

    where = home_at(home)
    keep(where, name, combined(wanted or [], either or [], refused or []), note or "", False, role_of(role))
    _computed(where, name, role, as_json)


@app.command("edit")
def edit(
    name: Name,
    query: Annotated[str | None, typer.Option("--query", help="Its new query.")] = None,
    note: Note = None,
    frozen: Annotated[
        bool | None, typer.Option("--frozen/--dynamic", help="Whether its members stay.")
    ] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Change a segment; with a new query or kind, also look up who is in it now."""
    from api.render.segments import segment_view
    from audience.segments.manage import edit as change

    where = home_at(home)
    changed = change(where, name, query, note, frozen, role_of(role))
    if query is None and frozen is None:
        show(changed, as_json, segment_view)
    else:
        _computed(where, name, role, as_json)


@app.command("compute")
def compute(
    names: Annotated[list[str] | None, typer.Argument(help="Segments; none: every dynamic one.")] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
) -> None:
    """Look up who is in a segment now: a new version, with who joined and left since. Sends due alerts."""
    from api.mining_run import bars
    from audience.segments.compute import compute as run
    from audience.segments.records import all_of

    where = home_at(home)
    for name in names or [kept.name for kept in all_of(where) if not kept.frozen]:
        with bars(quiet=False) as progress:
            version = run(
                where, name, role_of(role), progress=lambda done, total: progress("index", done, total)
            )
        size = "hidden: too few" if version.shown is None else f"{version.shown:,} people"
        say(f"{name}: version {version.version}, {size}")


@app.command("changes")
def changes(
    name: Name,
    since: Annotated[int | None, typer.Option("--from", help="A version; default: the one before.")] = None,
    until: Annotated[int | None, typer.Option("--to", help="A version; default: the newest.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="People to list of each kind.")] = 20,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Show who joined and who left between two versions, and why. Audited."""
    from api.render.segments import changes_view
    from audience.segments.changes import changes as ask

    show(ask(home_at(home), name, since, until, limit, role_of(role)), as_json, changes_view)


@app.command("overlap")
def overlap(
    names: Annotated[list[str], typer.Argument(help="Two or more segments.")],
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Show how far segments share their people."""
    from api.render.segments import overlap_view
    from audience.segments.shared import segment_overlap

    show(segment_overlap(home_at(home), names, role_of(role)), as_json, overlap_view)


@app.command("alert")
def alert(
    name: Name,
    target: Annotated[str, typer.Argument(help="https://… (a webhook) or mailto:name@host.")],
    by: Annotated[str, typer.Option("--by", help="Change of size that is told, such as 20%.")] = "20%",
    off: Annotated[bool, typer.Option("--off", help="Stop telling.")] = False,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
) -> None:
    """Tell somebody when a segment grows or shrinks: looked at whenever it is computed, as after renqun mine."""
    from audience.segments.alerts import unwatch, watch

    where = home_at(home)
    if off:
        unwatch(where, name, target, role_of(role))
        say(f"{target} is told no more.")
        return
    watch(where, name, target, _share(by), role_of(role))
    say(f"{target} is told when {name} changes by {by}.")


@app.command("delete")
def delete(name: Name, home: HomeDir = None, role: AsRole = DEFAULT_ROLE) -> None:
    """Delete a segment; refused while another is made of it."""
    from audience.segments.manage import delete as remove

    remove(home_at(home), name, role_of(role))
    say(f"{name} is deleted.")


def _computed(where: Home, name: str, role: str, as_json: bool) -> None:
    from api.mining_run import bars
    from api.render.segments import segment_view
    from audience.segments.compute import compute as run
    from audience.segments.manage import show as ask

    with bars(quiet=as_json) as progress:
        run(where, name, role_of(role), progress=lambda done, total: progress("index", done, total))
    show(ask(where, name), as_json, segment_view)


def _share(text: str) -> float:
    from privacy.errors import BadInputError

    try:
        return float(text.rstrip("%")) / 100
    except ValueError:
        raise BadInputError(f"{text!r} is no percentage.", "For example --by 20%.") from None
