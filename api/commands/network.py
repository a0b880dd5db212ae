"""Questions about the network: influence, communities, spread, and the network itself for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, one_of, role_of, say, show

app = typer.Typer(
    help="The network itself: as a file for Gephi and others, or as ECharts data.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    for command in (influence, communities, spread):
        app.command(command.__name__)(command)


def influence(
    tag: Annotated[str | None, typer.Option(help="On this interest; default: over all.")] = None,
    among: Annotated[str | None, typer.Option(metavar="QUERY", help="Only people who meet it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Accounts to list.")] = 50,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """List who is listened to most, and why: who amplifies them, in which communities, on what."""
    from api.render.influence import influence_view
    from audience.network.influence import influencers

    answer = influencers(home_at(home), tag, among=among, limit=limit, role=role_of(role))
    show(answer, as_json, influence_view)


def communities(home: HomeDir = None, role: AsRole = DEFAULT_ROLE, as_json: AsJson = False) -> None:
    """List the communities: how large, what they care about, who leads them, who joins them to others."""
    from api.render.communities import communities_view
    from audience.network.communities import communities as ask

    show(ask(home_at(home), role=role_of(role)), as_json, communities_view)


def spread(
    accounts: Annotated[int | None, typer.Option(min=1, help="How many accounts to choose.")] = None,
    budget: Annotated[float | None, typer.Option(min=0, help="Or how much money; needs --costs.")] = None,
    costs: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A CSV that names accounts as seeds do, with a cost."),
    ] = None,
    among: Annotated[str | None, typer.Option(metavar="QUERY", help="Whom may be chosen.")] = None,
    reach: Annotated[str | None, typer.Option(metavar="QUERY", help="Whom to reach.")] = None,
    model: Annotated[
        str, typer.Option(help="ic: each hearing may convince; lt: enough who speak convince.")
    ] = "ic",
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Choose the accounts that, told first, reach most people by word of mouth, and say how far it goes."""
    from api.render.spread import spread_view
    from audience.named.lists import read_csv
    from audience.network.costs import prices
    from audience.network.spread import spread as ask
    from graph.spread.sampling import Model

    one_of(list(Model), model, "model")
    where = home_at(home)
    found, unused = prices(where, read_csv(costs, what="the price list")) if costs else (None, 0)
    if unused:
        say(f"{unused:,} rows of the price list name nobody who is known, or no price above 0")
    answer = ask(
        where,
        accounts,
        budget=budget,
        costs=found,
        among=among,
        reach=reach,
        model=Model(model),
        role=role_of(role),
    )
    show(answer, as_json, spread_view)


@app.command("export")
def export(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help=".gexf, .graphml, .csv or .parquet.")
    ],
    among: Annotated[str | None, typer.Option(metavar="QUERY", help="Only people who meet it.")] = None,
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", help="follow, mention, reply or repost; repeat it.")
    ] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Write who follows, mentions, answers and reposts whom: pseudonyms, never names of private persons. Audited."""
    from audience.network.export import KINDS, export_network

    wanted = tuple(kinds) if kinds else KINDS
    report = export_network(home_at(home), output, among=among, kinds=wanted, role=role_of(role))
    if as_json:
        print(report.model_dump_json(indent=2))
        return
    beside = f", accounts to {report.nodes_path}" if report.nodes_path else ""
    say(f"{report.accounts:,} accounts and {report.edges:,} edges written to {report.path}{beside}")


@app.command("ego")
def ego(
    account: Annotated[str, typer.Argument(help="A pseudonym, or the name of a public account.")],
    limit: Annotated[int, typer.Option(min=1, max=500, help="Accounts around it.")] = 100,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
) -> None:
    """Print one account and those around it as data of an ECharts graph (JSON)."""
    from audience.network.export import around

    print(around(home_at(home), account, limit, role=role_of(role)).model_dump_json(indent=2))


@app.command("map")
def community_map(home: HomeDir = None, role: AsRole = DEFAULT_ROLE) -> None:
    """Print the communities and how close they are as data of an ECharts graph (JSON)."""
    from audience.network.communities import community_map as ask

    print(ask(home_at(home), role=role_of(role)).model_dump_json(indent=2))
