"""Categories of hot lists in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import bar, between, percent, table
from api.render.grid import Grid
from api.render.trends import short
from audience.trends.category_answers import CategoriesAnswer, CategoryCheck
from audience.window import LOCAL
from lake.categories import CategoryModel


def categories_view(answer: CategoriesAnswer) -> RenderableType:
    """Window, categories or the topics of one, and how far what was filled in can be trusted."""
    first, last = (f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}" for at in (answer.since, answer.until))
    parts: list[RenderableType] = [Text(f"{first} to {last} (times: Asia/Shanghai)", style="bold")]
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    parts.append(
        _shares(answer) if answer.categories else Text("No topic has a category there.", style="dim")
    )
    if answer.topics:
        parts.append(_topics(answer))
    return Group(*parts, *(Text(_told(model)) for model in answer.models))


def _shares(answer: CategoriesAnswer) -> Grid:
    figures = ("topics", "share", "given", "filled in")
    grid = table("category", *figures, "", right=figures)
    for one in answer.categories:
        counts = (f"{one.topics:,}", percent(one.share), f"{one.given:,}", f"{one.filled:,}")
        grid.add_row(one.category, *counts, bar(one.share))
    return grid


def _topics(answer: CategoriesAnswer) -> Grid:
    grid = table("topic", "first seen", "heat", "chance", right=("heat", "chance"), fixed=("first seen",))
    for one in answer.topics:
        heat = "–" if one.highest is None else short(one.highest)
        chance = "given" if one.probability is None else percent(one.probability)
        grid.add_row(one.term, f"{one.first_seen.astimezone(LOCAL):%m-%d %H:%M}", heat, chance)
    return grid


def _told(model: CategoryCheck) -> str:
    return (
        f"{model.source}: learned from {model.topics:,} topics of {model.categories} categories; "
        f"of {model.checked_topics:,} later ones not seen, {percent(model.accuracy)} right "
        f"({between(model.accuracy_low, model.accuracy_high)}), the most frequent category alone {percent(model.usual)}"
    )


def filled_view(models: Sequence[CategoryModel]) -> RenderableType:
    """What was learned of each hot list, and filled in."""
    figures = ("topics", "categories", "right", "usual", "filled in")
    grid = table("hot list", *figures, right=figures, title="Categories learned")
    for one in models:
        counts = (f"{one.topics:,}", str(len(one.classes)))
        share = percent(one.right / one.checked_topics)
        grid.add_row(one.source, *counts, share, percent(one.usual), f"{one.filled:,}")
    return Group(grid, Text("Next: renqun trends --categories"))
