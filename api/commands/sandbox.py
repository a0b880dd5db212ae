"""``renqun sandbox``: a synthetic network to crawl, with planted truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="A small synthetic network (microblog, forum, keywords) to try renqun on.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def group() -> None:
    """A small synthetic network (microblog, forum, keywords) to try renqun on."""


@app.command("serve")
def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The first of three; 0 takes free ones.")
    ] = 8001,
    users: Annotated[int, typer.Option(min=1, help="How many accounts.")] = 2000,
    days: Annotated[int, typer.Option(min=1, help="How many days of posts.")] = 90,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal networks.")] = 7,
    truth: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the planted truth there.")] = None,
    ready_file: Annotated[
        Path | None,
        typer.Option(
            "--ready-file", metavar="FILE", help="Written with addresses and brands once it answers."
        ),
    ] = None,
    end: Annotated[str | None, typer.Option(metavar="DATE", help="The last day of the network.")] = None,
    rate_limit: Annotated[
        str | None, typer.Option("--rate-limit", metavar="N/SECONDS", help="Requests allowed in a window.")
    ] = None,
    crawl_delay: Annotated[
        float | None,
        typer.Option("--crawl-delay", min=0, help="Crawl-delay its robots.txt asks for, seconds."),
    ] = None,
) -> None:
    """Serve a synthetic network on this machine until Ctrl-C."""
    from sandbox.__main__ import main

    given = {
        "--port": port, "--users": users, "--days": days, "--seed": seed,
        "--truth": truth, "--ready-file": ready_file, "--end": end and _day(end), "--rate-limit": rate_limit and _rate(rate_limit),
        "--crawl-delay": crawl_delay,
    }  # fmt: skip
    words = [word for option, value in given.items() if value is not None for word in (option, str(value))]
    raise typer.Exit(main(words))


def _day(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise typer.BadParameter(f"--end {text} is no date like 2026-01-31") from None


def _rate(text: str) -> str:
    import re

    if not re.fullmatch(r"[1-9]\d*/\d*\.?\d*[1-9]\d*", text):
        raise typer.BadParameter(f"--rate-limit {text} is not like 300/300: requests, then seconds")
    return text
