"""``renqun brands``: the accounts that follows:, engaged: and overlap are about."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import AsJson, HomeDir, home_at, say

app = typer.Typer(
    help="Tracked accounts: ours, competitors, media.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_all(home: HomeDir = None, as_json: AsJson = False) -> None:
    """List the tracked brands."""
    import json
    from dataclasses import asdict

    from privacy.brands import load_brands

    brands = load_brands(home_at(home))
    if as_json:
        print(json.dumps([asdict(brand) for brand in brands], ensure_ascii=False, indent=2))
        return
    if not brands:
        say("No brand is tracked yet: renqun brands add NAME --role competitor --account SOURCE:HANDLE")
        return
    from api.render.console import console, table

    grid = table("brand", "role", "accounts")
    for brand in brands:
        grid.add_row(brand.name, brand.role.value, " ".join(brand.accounts))
    console().print(grid)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The name to ask for.")],
    role: Annotated[str, typer.Option(help="ours, competitor or media.")],
    account: Annotated[list[str], typer.Option(help="source:handle or source:#native_id; repeat it.")],
    alias: Annotated[
        list[str] | None, typer.Option(help="Another word by which people write of it; repeat it.")
    ] = None,
    unlike: Annotated[
        list[str] | None,
        typer.Option(help="A longer phrase that is not it, such as 小米粥; repeat it."),
    ] = None,
    home: HomeDir = None,
) -> None:
    """Track a brand, or replace its entry. Its accounts count as public: they may be shown by name."""
    from privacy.brands import Brand, BrandRole, load_brands, write_brands
    from privacy.errors import BadInputError

    if role not in list(BrandRole):
        raise BadInputError(f"there is no role {role!r} for a brand", f"roles: {', '.join(BrandRole)}")
    where = home_at(home)
    others = [brand for brand in load_brands(where) if brand.name != name]
    write_brands(
        where,
        [*others, Brand(name, BrandRole(role), tuple(account), tuple(alias or ()), tuple(unlike or ()))],
    )
    say(f"{where.brands} now tracks {name}. Next: renqun crawl, then renqun mine")
