"""``renqun bench``: what renqun does beside its peers, measured on this machine."""

from __future__ import annotations

import json
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import perf_counter
from typing import Annotated

import typer

from api.commands.options import AsJson, one_of, say
from bench.registry import BENCHES, run


def register(app: typer.Typer) -> None:
    """Add this family's command."""
    app.command("bench")(bench)


def bench(
    name: Annotated[str, typer.Argument(help=f"What to measure: {', '.join(BENCHES)}.")],
    quick: Annotated[bool, typer.Option("--quick", help="A small part, in under a minute.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="TASK", help="Only this task of it (repeat for more)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure renqun beside its peers in one run. Takes minutes; let the machine do nothing else meanwhile."""
    one_of(BENCHES, name, "benchmark")
    began = perf_counter()
    figures = run(name, quick, say, only or ())
    if as_json:
        print(json.dumps([figure.to_dict() for figure in figures], ensure_ascii=False, indent=2))
        return
    from api.render.bench import bench_view
    from api.render.console import console

    console().print(bench_view(figures, perf_counter() - began, _largest()))


def _largest() -> int:
    """Bytes that this process, or the largest of those that it waited for, took at its highest."""
    return 1024 * max(getrusage(who).ru_maxrss for who in (RUSAGE_SELF, RUSAGE_CHILDREN))
