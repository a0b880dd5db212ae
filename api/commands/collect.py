"""``renqun crawl`` and ``renqun import``: what goes into the lake."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AsJson, HomeDir, home_at, one_of, say
from api.errors import CollectError
from crawlers.registry import SPIDERS

if TYPE_CHECKING:
    from crawlers.importers.base import Options
    from crawlers.report import RunReport
    from privacy.home import Home


def register(app: typer.Typer) -> None:
    """Add this family's commands."""
    app.command("crawl")(crawl)
    app.command("import")(import_files)


def crawl(
    what: Annotated[
        str,
        typer.Argument(
            metavar="SPIDER|SOURCE",
            help=f"What the source speaks ({', '.join(SPIDERS)}), or a source's name, whose kind tells it.",
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(help="The source's name in sources.toml. Default: the only one that speaks so."),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Default: the policy entry's; must lie below it.")
    ] = None,
    tags: Annotated[str | None, typer.Option(help="Tags or categories to follow, with commas.")] = None,
    terms: Annotated[
        str | None,
        typer.Option(help="Terms to look up, with commas (keywords, discourse; mastodon: as tags)."),
    ] = None,
    terms_from: Annotated[
        Path | None, typer.Option("--terms-from", metavar="FILE", help="More of them, one a line in UTF-8.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Nothing older: 30d or a date.")] = None,
    items: Annotated[int, typer.Option(min=0, help="Stop after so many items; 0: no limit.")] = 0,
    pages: Annotated[int, typer.Option(min=0, help="Stop after so many pages; 0: no limit.")] = 0,
    minutes: Annotated[float, typer.Option(min=0, help="Stop after so many minutes; 0: no limit.")] = 0,
    frontier: Annotated[
        str | None,
        typer.Option(
            metavar="REDIS_URL",
            envvar="RENQUN_FRONTIER",
            show_envvar=False,
            help="Share the work with other workers: redis://HOST:6379/0. Limits count for each of them.",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A parameter of this spider's own; repeat it."),
    ] = None,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Crawl a source that has a policy entry, obeying its robots.txt. A killed crawl goes on where it was."""
    from crawlers.job import pair
    from crawlers.run import Crawl
    from crawlers.terms import read_terms

    where = home_at(home)
    spider, source = spider_and_source(where, what, source)
    if terms_from is not None:
        say(f"{len(read_terms(terms_from)):,} terms taken from {terms_from}")
        terms_from = terms_from.absolute()
    given = {"base_url": base_url, "tags": tags, "terms": terms, "terms_from": terms_from, "since": since}
    limits = {"items": items, "pages": pages, "minutes": minutes}
    own = dict(pair(text) for text in settings or ())
    parameters = {name: value for name, value in {**given, **limits, **own}.items() if value}
    with Crawl(where, spider, source, frontier, **parameters) as running, _counting(as_json) as tell:
        report = running.wait(tell)
    if as_json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    _tell(report)
    if report.counts["rows"]:
        say("Next: renqun mine")


def spider_and_source(home: Home, what: str, source: str | None) -> tuple[str, str]:
    """Which spider crawls which source. Raises BadInputError and NoPolicyError where that is not told."""
    from crawlers.registry import spider_of
    from privacy.errors import BadInputError
    from privacy.policies import load_policies

    policies = load_policies(home)
    if source is not None:
        one_of(SPIDERS, what, "spider")
        return what, policies.for_source(source).source
    named = {policy.source: policy for policy in policies}
    if what not in SPIDERS and what in named:
        spider = spider_of(named[what].kind)
        if spider is None:
            hint = f"renqun import reads its files; or name the spider: renqun crawl SPIDER --source {what}"
            raise BadInputError(f"No spider crawls sources of the kind {named[what].kind}.", hint)
        return spider, what
    one_of(SPIDERS, what, "spider or source")
    fitting = [name for name, policy in named.items() if spider_of(policy.kind) == what]
    if len(fitting) > 1 and what not in fitting:
        raise BadInputError(f"Several sources speak {what}.", f"Say --source {' or '.join(fitting)}.")
    return what, policies.for_source(fitting[0] if len(fitting) == 1 else what).source


@contextmanager
def _counting(quiet: bool) -> Iterator[Callable[[dict[str, int]], None]]:
    """A line on the terminal that counts along; silent where nobody looks."""
    from api.render.console import console

    with console(stderr=True, quiet=quiet).status("starting") as line:
        yield lambda counts: line.update(
            f"{counts.get('fetched', 0):,} pages, {counts.get('items', 0):,} items, "
            f"{counts.get('rejected', 0):,} rejected"
        )


def _tell(report: RunReport) -> None:
    """Say how a run ended; raises CollectError where it may not count as done."""
    if not report.good:
        raise CollectError(report.message, "what was committed is kept; renqun runs shows the run")
    say(f"{report.spider} {report.source}: {report.message} ({report.seconds:.1f} s)")
    from crawlers.report import counted

    for reason, rows in report.rejected.items():
        say(f"  refused: {counted(rows, 'row')}, {reason} (renqun rejects)")
    for reason, rows in report.withheld.items():
        say(f"  withheld: {counted(rows, 'row')}, {reason} (docs/importing.md; nothing of them is kept)")


def import_files(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[FORMAT] PATH...",
            help="The format is guessed where not said: docs/importing.md lists them.",
        ),
    ],
    source: Annotated[
        str | None, typer.Option(help="The source in sources.toml that the files are from.")
    ] = None,
    timezone: Annotated[
        str, typer.Option(help="How times without a zone are read. Default: as the policy entry says.")
    ] = "",
    table: Annotated[
        str | None,
        typer.Option(
            "--as", help="table: what its rows are: posts, accounts, edges, keywords or touchpoints."
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="table: which column is which field; repeat it."),
    ] = None,
    profiles_checked: Annotated[
        bool,
        typer.Option("--profiles-checked", help="discourse: nobody who hides their profile is in the files."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show five rows and what would be refused; write nothing.")
    ] = False,
    home: HomeDir = None,
    as_json: AsJson = False,
) -> None:
    """Import files that other tools wrote. Importing the same files again adds nothing."""
    # Before anything that imports Polars: the package says how its allocator is to keep memory.
    from crawlers.importers.base import Options
    from crawlers.importers.links import FORMAT as LINKS
    from crawlers.importers.registry import FORMATS
    from crawlers.importers.run import import_files as run_import
    from crawlers.job import pair
    from privacy.errors import BadInputError

    said = words[0] if words[0] in FORMATS else None
    paths = [Path(word) for word in (words[1:] if said else words)]
    if not paths:
        raise BadInputError(f"no path to import as {said}", f"renqun import {said} PATH")
    if not said and len(paths) > 1 and not paths[0].exists():
        known = f"formats: {', '.join(FORMATS)}; without one it is guessed"
        raise BadInputError(f"{words[0]!r} is neither a format nor a file", known)
    mapped = dict(map(pair, columns or ()))
    options = Options(source, _zone(timezone), table=table, columns=mapped, profiles_checked=profiles_checked)
    if dry_run:
        _rehearse(home_at(home), paths, said, options, as_json)
        return
    from api.render.console import console

    with console(stderr=True, quiet=as_json).status("reading") as line:
        reports = run_import(home_at(home), paths, said, options, lambda rows: line.update(f"{rows:,} rows"))
    for report in reports:
        _tell(report)
    if as_json:
        print(json.dumps([report.to_dict() for report in reports], ensure_ascii=False, indent=2))
    elif all(report.spider == LINKS for report in reports):
        say("Next: renqun mine")
    else:
        say("Next: renqun trends --rising --since DATE, or renqun mine where there are posts")


def _zone(name: str) -> str:
    """A zone that exists, or none."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from privacy.errors import BadInputError

    try:
        return str(ZoneInfo(name)) if name else ""
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInputError(f"there is no time zone {name!r}", "for example Asia/Shanghai") from None


def _rehearse(home: Home, paths: list[Path], format: str | None, options: Options, as_json: bool) -> None:
    from api.render.collected import rehearsal_view
    from api.render.console import console
    from crawlers.importers.rehearsal import rehearse
    from crawlers.report import counted

    found = rehearse(home, paths, format, options)
    if as_json:
        print(json.dumps(found.to_dict(), ensure_ascii=False, indent=2, default=str))
        return
    for line in found.said:
        say(line)
    console().print(rehearsal_view(found.rows))
    kept = ", ".join(f"{count:,} {name}" for name, count in found.counts.items()) or "nothing"
    say(f"Would keep {kept}; refuse {counted(found.refused.total(), 'row')}. Nothing was written.")
    for reason, rows in found.refused.most_common():
        say(f"  would be refused: {counted(rows, 'row')}, {reason}")
    for reason, rows in found.withheld.most_common():
        say(f"  would be withheld: {counted(rows, 'row')}, {reason}")
