"""Benchmark figures in the terminal: a table a task, and how many goals are reached."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import table
from bench.figures import Figure


def bench_view(figures: Sequence[Figure], seconds: float, memory: int) -> RenderableType:
    """All figures; ``seconds`` is how long the run took, ``memory`` the bytes of its largest process."""
    parts: list[RenderableType] = []
    for task, group in groupby(figures, key=lambda figure: figure.task):
        grid = table(
            "metric", "value", "95 %", "peer", "peer's", "ratio", "goal", "met",
            right=("value", "95 %", "peer's", "ratio", "goal"), spare=("peer", "95 %"), title=task,
        )  # fmt: skip
        for figure in group:
            grid.add_row(*_cells(figure))
        parts.append(grid)
    aimed = [figure for figure in figures if figure.ok is not None]
    reached = sum(figure.ok is True for figure in aimed)
    took = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    goals = f"{reached} of {len(aimed)} goals reached; " if aimed else ""
    parts.append(Text(f"{goals}took {took}, its largest process {memory / (1 << 30):.1f} GiB"))
    return Group(*parts)


def _cells(figure: Figure) -> list[str]:
    bound = "<=" if figure.lower_is_better and figure.ratio is None else ">="
    times = "" if figure.ratio is None else "x"
    return [
        figure.metric,
        f"{_number(figure.value)} {figure.unit}".strip(),
        ""
        if figure.low is None or figure.high is None
        else f"{_number(figure.low)} – {_number(figure.high)}",
        figure.peer or "",
        "" if figure.peer_value is None else _number(figure.peer_value),
        "" if figure.ratio is None else f"{figure.ratio:.2f}x",
        "" if figure.goal is None else f"{bound} {figure.goal:.3g}{times}",
        {True: "✓", False: "✗", None: ""}[figure.ok],
    ]


def _number(value: float) -> str:
    """Four figures, and whole thousands as people write them."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
