"""A lookalike list in the terminal: the seeds, the test on hidden seeds, the candidates with their reasons."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import bar, between, count, percent, sparkline, table
from api.render.grid import Grid
from api.render.search import short_id
from api.render.seeds import seed_line
from audience.lookalike.answers import (
    Candidate,
    CurvePoint,
    Holdout,
    LookalikeAnswer,
    SeedKind,
    SeedProblem,
)

REASONS_SHOWN = 3
_PROBLEMS_SHOWN = 5


def lookalike_view(answer: LookalikeAnswer, shown: int = 20) -> RenderableType:
    """The whole answer, with the first ``shown`` candidates."""
    parts: list[RenderableType] = [Text(seed_line(answer.seeds))]
    parts += _problems(answer.seeds.problems)
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    if answer.hidden:
        parts.append(Text(f"Hidden: {answer.reason or f'fewer than {answer.k} seeds'}.", style="yellow"))
        return Group(*parts)
    if answer.traits:
        what = "、".join(f"{trait.label} {percent(trait.weight)}" for trait in answer.traits[:6])
        parts.append(Text(f"They share (with each one's part of the likeness): {what}"))
    if answer.kinds:
        parts.append(_kinds(answer.kinds))
    if answer.ignore:
        parts.append(Text(f"Left out of the comparison: {', '.join(answer.ignore)}", style="dim"))
    for what, query in (("Only people who meet", answer.where), ("Nobody who meets", answer.without)):
        if query:
            parts.append(Text(f"{what}: {query}", style="dim"))
    if answer.holdout:
        parts.append(Text(holdout_line(answer.holdout)))
    if answer.candidates:
        parts.append(_candidates(answer.candidates[:shown]))
        if len(answer.candidates) > shown:
            parts.append(Text(f"… {len(answer.candidates) - shown:,} more: --json prints all", style="dim"))
    if answer.curve:
        parts.append(_curve(answer.curve))
    return Group(*parts)


def holdout_line(test: Holdout) -> str:
    """The built-in test in a few lines."""
    alike = f"; about {percent(test.alike)} of the others are like them" if test.alike else ""
    at_once = f", {test.hidden_at_once:,} at a time," if test.hidden_at_once else ""
    return (
        f"Hold-out test ({test.method}): {test.hidden_seeds:,} seeds hidden{at_once} and looked for; "
        f"AUC {test.auc:.2f} (95 % {test.auc_low:.2f}–{test.auc_high:.2f}){alike};\n"
        f"the first {test.recall_at:,} find {percent(test.recall)} of them "
        f"({between(test.recall_low, test.recall_high)}), {test.lift:.1f}x chance "
        f"({test.lift_low:.1f}–{test.lift_high:.1f})"
    )


def _problems(problems: list[SeedProblem]) -> list[RenderableType]:
    shown = [
        Text(f"  row {one.row}: {one.reason.replace('_', ' ')} {one.written}".rstrip(), style="dim")
        for one in problems[:_PROBLEMS_SHOWN]
    ]
    if len(problems) > _PROBLEMS_SHOWN:
        shown.append(Text("  … --problems FILE writes all of them", style="dim"))
    return list(shown)


def _kinds(kinds: list[SeedKind]) -> Grid:
    grid = table("kind", "seeds", "listed", "they share", right=("kind", "seeds", "listed"))
    for one in kinds:
        traits = "、".join(trait.label for trait in one.traits[:REASONS_SHOWN])
        grid.add_row(str(one.kind), count(one.seeds), count(one.listed), traits)
    return grid


def _candidates(candidates: list[Candidate]) -> Grid:
    kinds = any(one.kind for one in candidates)
    grid = table(
        "#",
        *(["kind"] if kinds else []),
        "candidate",
        "",
        "similarity",
        "because",
        right=("#", "similarity"),
        fixed=("candidate",),
    )
    for one in candidates:
        because = "、".join(f"{reason.label} {reason.weight:.0%}" for reason in one.reasons[:REASONS_SHOWN])
        cells = (short_id(one.person_id), bar(one.similarity, 8), f"{one.similarity:.3f}", because)
        grid.add_row(str(one.rank), *([str(one.kind)] if kinds else []), *cells)
    return grid


def _curve(curve: list[CurvePoint]) -> Grid:
    grid = table(
        "take the best",
        "similarity from",
        "hidden seeds found",
        "lift",
        right=("take the best", "similarity from", "hidden seeds found", "lift"),
        title=f"How far down the list still pays: lift {sparkline([point.lift for point in curve])}",
    )
    for point in curve:
        found = f"{percent(point.found)} ({between(point.found_low, point.found_high)})"
        grid.add_row(f"{point.reach:,}", f"{point.similarity:.3f}", found, _lift(point))
    return grid


def _lift(point: CurvePoint) -> str:
    if point.lift is None or point.lift_low is None or point.lift_high is None:
        return "–"
    return f"{point.lift:.1f}x ({point.lift_low:.1f}–{point.lift_high:.1f})"
