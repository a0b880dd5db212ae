"""Early warning in the terminal: what is new and likely to become big, and how far such figures hold."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import between, percent, table
from api.render.grid import Grid
from api.render.trends import short
from audience.trends.early_answers import EarlyAnswer, EarlyModel
from audience.window import LOCAL
from mining.early import EarlyFit


def early_view(answer: EarlyAnswer) -> RenderableType:
    """The whole answer: window, topics, and each model with its calibration."""
    first, last = (f"{at.astimezone(LOCAL):%m-%d %H:%M}" for at in (answer.since, answer.until))
    head = f"{answer.new_topics:,} new topics, {first} to {last} (times: Asia/Shanghai)"
    parts: list[RenderableType] = [Text(head, style="bold")]
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    parts.append(
        _topics(answer) if answer.topics else Text("Nothing new was listed in that time.", style="dim")
    )
    for model in answer.models:
        parts += [Text(_told(model)), _bins(model)]
    return Group(*parts)


def _topics(answer: EarlyAnswer) -> Grid:
    figures = ("rank", "heat", "chance", "× usual", "by now")
    grid = table(
        "#",
        "topic",
        "first seen",
        *figures,
        "like",
        right=("#", *figures),
        fixed=("first seen",),
        spare=("like", "rank", "by now", "first seen", "heat"),
    )
    for place, one in enumerate(answer.topics, 1):
        seen = f"{one.first_seen.astimezone(LOCAL):%m-%d %H:%M}"
        since = "–" if one.highest_since is None else short(one.highest_since)
        cells = [str(place), one.term, seen, str(one.rank), short(one.heat)]
        grid.add_row(*cells, percent(one.probability), f"{one.times_usual:.1f}", since, one.similar or "")
    return grid


def _told(model: EarlyModel) -> str:
    return (
        f"{model.source}: big is a heat of {short(model.big)}, which {model.became_big:,} of {model.topics:,} topics reached; "
        f"checked on {model.checked_topics:,} topics since {model.checked_since.astimezone(LOCAL):%Y-%m-%d} that it had not seen: "
        f"AUC {model.auc:.3f} ({model.auc_low:.3f}–{model.auc_high:.3f})"
    )


def _bins(model: EarlyModel) -> Grid:
    figures = ("topics", "chance told", "became big", "95 %")
    grid = table(*figures, right=figures, title="Calibration")
    for one in reversed(model.calibration):
        grid.add_row(f"{one.topics:,}", percent(one.told), percent(one.became), between(one.low, one.high))
    return grid


def fits_view(fits: Sequence[EarlyFit]) -> RenderableType:
    """What was learned of each hot list."""
    figures = ("big", "topics", "became big", "AUC")
    grid = table(
        "hot list", *figures, "until", right=figures, fixed=("until",), title="Early warning learned"
    )
    for one in fits:
        until = f"{one.until.astimezone(LOCAL):%Y-%m-%d %H:%M}"
        grid.add_row(
            one.source, short(one.big), f"{one.topics:,}", f"{one.became:,}", f"{one.auc:.3f}", until
        )
    return Group(grid, Text("Next: renqun trends --early"))
