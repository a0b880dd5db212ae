"""``renqun sources``: the policy entries without which nothing is collected."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import AsJson, HomeDir, home_at, say, show_all

app = typer.Typer(
    help="Source policies: what may be collected, on what ground, how fast.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_NOTHING = "No source has a policy entry yet: renqun sources add NAME --help"


@app.command("list")
def list_all(home: HomeDir = None, as_json: AsJson = False) -> None:
    """List the policy entries, what robots.txt said last, and how the last run went. Asks nobody."""
    from api.render.sources import sources_view
    from api.sources import sources_of

    show_all(sources_of(home_at(home)), as_json, sources_view, _NOTHING)


@app.command("check")
def check(
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Default: all.")] = None,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Ask the sources' robots.txt now, and no other page: what may be fetched, how fast, and what to mend first."""
    from api.render.sources import checks_view
    from api.sources import check as check_source
    from api.sources import check_all

    where = home_at(home)
    found = [check_source(where, name) for name in sources] if sources else check_all(where)
    show_all(found, as_json, checks_view, _NOTHING)


@app.command("add")
def add(
    source: Annotated[str, typer.Argument(help="A short name for the source.")],
    base_url: Annotated[str, typer.Option("--base-url", help="Where it is; only URLs below it are fetched.")],
    kind: Annotated[str, typer.Option(help="What it speaks: a name that renqun crawl or import knows.")],
    legal_basis: Annotated[str, typer.Option("--legal-basis", help="Why you may collect this.")],
    terms_url: Annotated[str, typer.Option("--terms-url", help="The terms you read.")] = "",
    licence_url: Annotated[str, typer.Option("--licence-url", help="Or the licence of the data.")] = "",
    field: Annotated[
        list[str] | None,
        typer.Option("--field", help="table.column or table.* to keep; repeat it. Default: all."),
    ] = None,
    retention_days: Annotated[int, typer.Option("--retention-days", min=1)] = 365,
    rate: Annotated[float, typer.Option(help="Requests a second.")] = 0.5,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at once.")] = 1,
    delay: Annotated[float, typer.Option(min=0, help="Seconds between requests, to start with.")] = 2.0,
    timezone: Annotated[
        str,
        typer.Option(
            help="How its times without a zone are read. Default: UTC; weibo, tieba, zhihu: Shanghai."
        ),
    ] = "",
    contact_allowed: Annotated[
        bool, typer.Option("--contact-allowed", help="Its people may be contacted.")
    ] = False,
    home: HomeDir = None,
) -> None:
    """Write a source's policy entry to sources.toml, or replace it.

    Read the source's terms and robots.txt first: the entry is your statement that this collection is lawful.
    """
    from privacy.policies import ALL_FIELDS, Policy, add_policy

    policy = Policy(
        source=source, base_url=base_url, kind=kind, legal_basis=legal_basis, terms_url=terms_url,
        licence_url=licence_url, fields=tuple(field or ALL_FIELDS), retention_days=retention_days, rate=rate,
        concurrency=concurrency, delay=delay, timezone=timezone, contact_allowed=contact_allowed,
    )  # fmt: skip
    where = home_at(home)
    add_policy(where, policy)
    say(f"{where.sources} now covers {source} ({policy.id}).")
