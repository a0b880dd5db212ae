"""The questions of the three users: search, lookalike, trends, overlap, export."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, one_of, role_of, say, show


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    for command in (search, lookalike, trends, overlap, export):
        app.command(command.__name__)(command)


def search(
    query: Annotated[
        str, typer.Argument(help="Such as: tag:露营>=3 region:上海 -follows:我们 active:30d")
    ] = "",
    limit: Annotated[int, typer.Option(min=0, max=1000, help="Members to list.")] = 20,
    facets: Annotated[
        bool, typer.Option("--facets", help="Also what they share, against everybody.")
    ] = False,
    facet: Annotated[
        list[str] | None, typer.Option(metavar="FIELD", help="Only this facet, such as region; repeat it.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="QUERY", help="Compare with its people instead of everybody.")
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            metavar="KEY", help="relevance, levels, influence, last_active, followers or lookalike."
        ),
    ] = "relevance",
    like: Annotated[
        str | None,
        typer.Option(
            metavar="SEEDS",
            help="For --sort lookalike: a CSV as for renqun lookalike, or a query for the seeds.",
        ),
    ] = None,
    cursor: Annotated[
        str | None, typer.Option(help="The next page: the cursor of the answer before.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"],
            help="What days count back from; default: when mined.",
        ),
    ] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Find an audience: how many, who, why each one, what else they care about."""
    from api.render.search import search_view
    from audience.engines.base import Order
    from audience.lookalike.seeds import read_seeds, resolve
    from audience.search.ask import search as ask

    at, rows = home_at(home), None if like is None else read_seeds(like)
    one_of([order.value for order in Order], sort, "order")
    answer = ask(
        at,
        query,
        limit=limit,
        facets=facet or facets,
        baseline=baseline,
        order=Order(sort),
        like=like if rows is None else resolve(at, rows),
        cursor=cursor,
        as_of=as_of if as_of is None or as_of.tzinfo else as_of.replace(tzinfo=UTC),
        role=role_of(role),
    )
    show(answer, as_json, search_view)


def lookalike(
    seeds: Annotated[
        str,
        typer.Argument(
            help="A CSV (source,native_id | source,handle | url | customer_id), or a query such as "
            "'segment:NAME' or 'tag:露营>=5'."
        ),
    ],
    size: Annotated[int, typer.Option(min=1, help="How many people to find.")] = 500,
    where: Annotated[str, typer.Option(metavar="QUERY", help="Only people who meet it.")] = "",
    without: Annotated[str, typer.Option(metavar="QUERY", help="Nobody who meets it.")] = "",
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="FEATURE", help="Do not compare by this, such as tag:露营; repeat it."),
    ] = None,
    kinds: Annotated[
        int, typer.Option(min=1, help="For diversity: so many kinds of seeds, people for each in turn.")
    ] = 1,
    method: Annotated[
        str | None, typer.Option(help="How to compare; default: what finds hidden seeds best.")
    ] = None,
    problems: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the rows that are no seeds to a CSV.")
    ] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Find the people most like some seeds, why, and how far down the list still pays."""
    from api.render.lookalike import lookalike_view
    from audience.lookalike.find import lookalike as ask
    from audience.lookalike.seeds import read_seeds, resolve, write_problems

    at, who = home_at(home), role_of(role)
    rows = read_seeds(seeds)
    found = seeds if rows is None else resolve(at, rows)
    if rows is not None and problems is not None:
        say(f"{write_problems(at, rows, problems):,} rows that are no seeds written to {problems}")
    answer = ask(
        at,
        found,
        size,
        where=where,
        without=without,
        ignore=ignore or (),
        kinds=kinds,
        method=method,
        role=who,
    )
    show(answer, as_json, lookalike_view)


def trends(
    item: Annotated[
        str | None,
        typer.Argument(help="A term, tag:NAME or topic:ID; none: what rises. With --categories: one."),
    ] = None,
    rising: Annotated[bool, typer.Option("--rising", help="What rose, the most surprising first.")] = False,
    early: Annotated[
        bool, typer.Option("--early", help="New topics of hot lists, the likeliest to become big first.")
    ] = False,
    categories: Annotated[
        bool, typer.Option("--categories", help="What hot lists are about, and the topics of one category.")
    ] = False,
    source: Annotated[
        str | None, typer.Option("--source", help="With --early or --categories: only this hot list.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="30d, 36h, or a date; default: 30d, with --early 24h.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="A date; default: the latest that was collected.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Items to list.")] = 10,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Show what is rising, since when, or how one item went, with gaps in collection shown as gaps."""
    if early and categories:
        raise typer.BadParameter("--early and --categories are two questions")
    if categories:
        _categories(item, source, since, until, limit, home, role, as_json)
        return
    if early:
        _early(item, source, since, until, limit, home, role, as_json)
        return
    from api.render.trends import trends_view
    from audience.trends.items import trends as ask

    if source is not None:
        raise typer.BadParameter("--source goes with --early or --categories")
    answer = ask(
        home_at(home), item, rising=rising, since=since or "30d", until=until, limit=limit, role=role_of(role)
    )
    show(answer, as_json, trends_view)


def _early(
    item: str | None,
    source: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    home: Path | None,
    role: str,
    as_json: bool,
) -> None:
    from api.render.early import early_view
    from audience.trends.early import early as ask

    if item is not None:
        raise typer.BadParameter("--early is about all that is new: leave the item out")
    answer = ask(home_at(home), since or "24h", until, source, limit, role=role_of(role))
    show(answer, as_json, early_view)


def _categories(
    category: str | None,
    source: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    home: Path | None,
    role: str,
    as_json: bool,
) -> None:
    from api.render.categories import categories_view
    from audience.trends.categories import categories as ask

    answer = ask(home_at(home), category, since or "30d", until, source, limit, role=role_of(role))
    show(answer, as_json, categories_view)


def overlap(
    brands: Annotated[list[str], typer.Argument(help="Two or more names of brands.toml.")],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Also who left whom since this day.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Up to this day; default: today.")
    ] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Show how far brands share followers, with intervals, and what each part cares about."""
    from api.render.overlap import overlap_view
    from audience.network.overlap import overlap as ask

    answer = ask(
        home_at(home),
        brands,
        role=role_of(role),
        since=since.date() if since else None,
        until=until.date() if until else None,
    )
    show(answer, as_json, overlap_view)


def export(
    query: Annotated[str, typer.Argument(help="The audience, as for search.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="out.csv or out.parquet.")],
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Write an audience to a file: pseudonyms, never names. Audited."""
    from audience.listable import not_listable
    from audience.search.export import export as write
    from privacy.disclosure import Disclosure

    where, disclosure = home_at(home), Disclosure.from_settings()
    report = write(where, query, output, role=role_of(role))
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    else:
        more = disclosure.count(not_listable(where, query, report.rows, disclosure))
        rest = f"fewer than {disclosure.k}" if more is None else f"{more:,}"
        say(f"{report.rows:,} people written to {output}; {rest} more may not be listed")
