"""``renqun bench``: what renqun does beside its peers, measured on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AsJson, one_of, say
from bench.registry import BENCHES, run

if TYPE_CHECKING:
    from bench.figures import Figure


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
    figures = run(name, quick, say, only or ())
    if as_json:
        print(json.dumps([figure.to_dict() for figure in figures], ensure_ascii=False, indent=2))
        return
    from api.render.console import console, table

    grid = table(
        "task",
        "metric",
        "value",
        "peer",
        "peer's",
        "ratio",
        "goal",
        "",
        right=("value", "peer's", "ratio", "goal"),
    )
    for figure in figures:
        grid.add_row(*_cells(figure))
    console().print(grid)


def _cells(figure: Figure) -> list[str]:
    value = f"{figure.value:,.4g} {figure.unit}".strip()
    if figure.low is not None and figure.high is not None:
        value += f" ({figure.low:,.4g}–{figure.high:,.4g})"
    return [
        figure.task,
        figure.metric,
        value,
        figure.peer or "",
        "" if figure.peer_value is None else f"{figure.peer_value:,.4g}",
        "" if figure.ratio is None else f"{figure.ratio:.2f}x",
        ""
        if figure.goal is None
        else f"{'<=' if figure.lower_is_better and figure.ratio is None else '>='} {figure.goal:g}",
        {True: "✓", False: "✗", None: ""}[figure.ok],
    ]
