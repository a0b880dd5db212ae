"""Keyword research in the terminal: one table, marked words last with the reason."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import between, percent, table
from audience.keywords.answers import Change, Keyword, KeywordAnswer, Share

_ARROWS = {"rising": "↗", "falling": "↘", "steady": "→", "unknown": "–"}


def keywords_view(answer: KeywordAnswer) -> RenderableType:
    """The whole answer."""
    parts: list[RenderableType] = [Text(f"Extending {'、'.join(answer.cores)}", style="bold")]
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    good = [one for one in answer.keywords if one.mark is None]
    marked = [one for one in answer.keywords if one.mark is not None]
    if all(one.origin == "core" for one in answer.keywords):
        parts.append(Text("No extension words yet: renqun crawl keywords, or more posts and renqun mine."))
    if good:
        grid = table(
            "word", "from", "people", "said", "searches/day", "about it", "intent",
            right=("people", "searches/day", "about it", "intent"), fixed=("said",), spare=("from", "about it", "said"),
        )  # fmt: skip
        for one in good:
            grid.add_row(
                one.term,
                _from(one),
                "–" if one.people is None else f"{one.people:,}",
                _change(one.said),
                _volume(one),
                _share(one.specificity),
                _share(one.intent),
            )
        parts.append(grid)
    if marked:
        grid = table("word", "mark", "why", title="Better left out", fixed=("mark",))
        for one in marked:
            grid.add_row(one.term, str(one.mark), one.why)
        parts.append(grid)
    parts.append(Text(_legend(answer), style="dim"))
    return Group(*parts)


def _legend(answer: KeywordAnswer) -> str:
    lines = [
        f"– not measured, or fewer than {answer.k} people. People and posts are of the last twelve weeks, in steps of "
        f"{answer.round_to}.",
        "said ↗ ↘: the last four weeks against the four before, only where the 95 % interval is certain.",
    ]
    if answer.sensitive:
        lines.append(f"{answer.sensitive} words were left out since they name a sensitive matter.")
    return "\n".join(lines)


def _from(one: Keyword) -> str:
    if one.origin == "suggested" and one.depth > 1:
        return f"suggested for {one.parent}"
    return one.origin


def _change(change: Change) -> str:
    arrow = _ARROWS[change.direction]
    if change.factor is None:
        return arrow
    interval = "" if change.low is None or change.high is None else f" ({change.low:.1f}–{change.high:.1f})"
    return f"{arrow} ×{change.factor:.1f}{interval}"


def _volume(one: Keyword) -> str:
    if one.volume is None:
        return "–"
    return f"{one.volume:,.0f} {_ARROWS[one.searched.direction]}"


def _share(share: Share | None) -> str:
    return "–" if share is None else f"{percent(share.value)} ({between(share.low, share.high)})"
