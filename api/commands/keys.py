"""``renqun keys``: who may use the API."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import AsJson, HomeDir, home_at, role_of, say

app = typer.Typer(help="API keys: add, list, revoke.", no_args_is_help=True, rich_markup_mode=None)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Who will hold the key.")],
    role: Annotated[str, typer.Option(help="analyst, planner, activate or admin.")] = "analyst",
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key and print it: it is shown this once and kept as a hash only."""
    import json

    from api.keys import add_key, keys_in_force

    granted, where = role_of(role), home_at(home)
    first = not keys_in_force(where)
    key = add_key(where, name, granted)
    if as_json:
        print(json.dumps({"name": name, "role": granted.value, "key": key}))
        return
    print(key)
    say(f"{name} may now act as {granted.value}. Keep the key: it can't be shown again.")
    if first:
        say("From now on the API answers nobody without a key, not even on this machine; commands need none.")


@app.command("list")
def list_all(home: HomeDir = None, as_json: AsJson = False) -> None:
    """List the keys, revoked ones too."""
    import json
    from dataclasses import asdict

    from api.keys import list_keys

    keys = list_keys(home_at(home))
    if as_json:
        print(json.dumps([asdict(key) for key in keys], indent=2))
        return
    if not keys:
        say("No API keys yet: renqun keys add NAME --role analyst")
        return
    from api.render.console import console, table

    grid = table("name", "role", "made", "revoked", fixed=("name", "role", "made", "revoked"))
    for key in keys:
        grid.add_row(key.name, key.role.value, key.created_at, key.revoked_at or "")
    console().print(grid)


@app.command("revoke")
def revoke(name: Annotated[str, typer.Argument(help="The key's name.")], home: HomeDir = None) -> None:
    """Make a key useless from now on."""
    from api.keys import revoke_key

    revoke_key(home_at(home), name)
    say(f"The key of {name} is revoked.")
