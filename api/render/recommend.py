"""Recommendations in the terminal: briefs and the audiences suggested for them, audiences and how to reach them."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import bar, count, percent, table
from api.render.grid import Grid
from audience.recommend.answers import AdvisedAccount, BriefAnswer, Hour, RecommendAnswer, SuggestedAudience
from audience.search.answers import FacetValue


def recommend_view(answer: RecommendAnswer) -> RenderableType:
    """The whole answer."""
    parts: list[RenderableType] = [Text(f"{answer.reading}: {count(answer.total)} people")]
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    if answer.hidden:
        parts.append(Text(f"Hidden: {answer.reason}.", style="yellow"))
        return Group(*parts)
    if answer.talk:
        parts.append(Text(f"They talk about: {_values(answer.talk)}"))
    if answer.accounts:
        parts.append(_accounts(answer.accounts))
        parts.append(Text(f"Together they reach {count(answer.covered)} people.", style="dim"))
    if answer.hours:
        parts.append(_hours(answer.hours))
    if answer.use:
        parts.append(Text(f"Words to use: {_values(answer.use)}"))
    if answer.avoid:
        said = "、".join(f"{word.word} ({word.why})" for word in answer.avoid)
        parts.append(Text(f"Words to avoid: {said}"))
    return Group(*parts)


def brief_view(answer: BriefAnswer) -> RenderableType:
    """What was understood, and the audiences suggested."""
    parts: list[RenderableType] = []
    if answer.matches:
        known = "、".join(f"{one.field}:{one.value} ({', '.join(one.words)})" for one in answer.matches)
        parts.append(Text(f"Understood: {known}"))
    if answer.unknown:
        parts.append(Text(f"Nothing is known of: {'、'.join(answer.unknown)}", style="dim"))
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    parts.append(_suggestions(answer.suggestions))
    if answer.use:
        parts.append(Text(f"Words to use for the first: {_values(answer.use)}"))
    return Group(*parts)


def _values(values: list[FacetValue]) -> str:
    return "、".join(f"{value.label} (TGI {value.tgi:.0f})" for value in values)


def _accounts(accounts: list[AdvisedAccount]) -> Grid:
    heads = ("account", "people", "new ones", "TGI", "score", "users", "items", "content")
    grid = table(*heads, right=heads[1:], fixed=heads[:1], title="Accounts that reach them")
    for one in accounts:
        parts = ("–" if part is None else f"{part:.2f}" for part in (one.users, one.items, one.content))
        tgi = "–" if one.tgi is None else f"{one.tgi:.0f}"
        more = "few" if one.more is None else f"{one.more:,}"
        grid.add_row(one.name, count(one.people), more, tgi, f"{one.score:.2f}", *parts)
    return grid


def _hours(hours: list[Hour]) -> Grid:
    grid = table("active at", "people", "", "share", "TGI", right=("people", "share", "TGI"))
    for one in hours:
        grid.add_row(one.hour, f"{one.people:,}", bar(one.share), percent(one.share), f"{one.tgi:.0f}")
    return grid


def _suggestions(suggestions: list[SuggestedAudience]) -> Grid:
    grid = table("people", "query", "because", right=("people",), title="Audiences")
    for one in suggestions:
        grid.add_row(count(one.total), one.query, "; ".join((one.why, *one.notes)))
    return grid
