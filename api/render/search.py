"""An audience in the terminal: its size, its members and why, what else they care about."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from api.render.console import bar, between, count, percent, table
from audience.answers import Facet, FacetValue, Member, SearchAnswer

TAGS_SHOWN = 4
FACET_VALUES_SHOWN = 8


def search_view(answer: SearchAnswer) -> RenderableType:
    """The whole answer: head, members, evidence, facets, over-indexed words, what to do next."""
    parts: list[RenderableType] = [_head(answer)]
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    if answer.hidden:
        parts.append(_hidden(answer))
        return Group(*parts)
    if answer.members:
        parts += [_members(answer.members), *_evidence(answer.members)]
    parts += [facet_table(facet) for facet in answer.facets if facet.values or facet.suppressed]
    if answer.over_indexed:
        parts.append(over_indexed_table("Words that set them apart", answer.over_indexed))
    parts.append(Text(_next(answer), style="dim"))
    return Group(*parts)


def _head(answer: SearchAnswer) -> Text:
    head = Text()
    head.append("query  ", style="dim").append(f"{answer.query or '(everybody)'}\n")
    head.append("means  ", style="dim").append(f"{answer.reading}\n")
    if answer.hidden or answer.total is None:
        return head
    head.append("size   ", style="dim").append(f"{answer.total:,} people", style="bold")
    if answer.baseline:
        head.append(f" of {answer.baseline:,} ({percent(answer.total / answer.baseline)})")
    day = f", as of {answer.as_of:%Y-%m-%d}" if answer.as_of else ""
    head.append(f"   [rounded to {answer.round_to}; nothing under {answer.k} is shown{day}]\n", style="dim")
    return head


def _hidden(answer: SearchAnswer) -> Text:
    return Text(
        f"Hidden: {answer.reason or f'fewer than {answer.k} people fit'}.\n"
        "Drop a condition or lower a level: an audience that small would point at persons.",
        style="yellow",
    )


def short_id(pseudonym: str) -> str:
    """The first 11 characters of a pseudonym, enough to tell rows apart; --json prints it whole."""
    return pseudonym if len(pseudonym) <= 12 else pseudonym[:11] + "…"


def levels(member: Member) -> str:
    """The strongest interests with their levels."""
    return " ".join(f"{tag.tag}·{tag.level}" for tag in member.tags[:TAGS_SHOWN])


def _members(members: list[Member]) -> Table:
    grid = table("#", "member", "region", "activity", "infl", "interests · level", "why", right=("#", "infl"))
    for place, member in enumerate(members, 1):
        grid.add_row(
            str(place),
            member.name or short_id(member.person_id),
            " ".join(member.regions),
            member.activity or "unknown",
            "–" if member.influence is None else f"p{member.influence}",
            levels(member),
            "; ".join(member.why),
        )
    return grid


def _evidence(members: list[Member], shown: int = 3) -> list[RenderableType]:
    lines: list[RenderableType] = []
    for place, member in enumerate(members, 1):
        found = next((item for item in member.evidence if item.excerpt), None)
        if found is None:
            continue
        day = f" {found.at:%m-%d}" if found.at else ""
        text = f"  #{place} {found.tag}{day}: “{found.excerpt}”"
        lines.append(Text(text, style="dim", overflow="ellipsis", no_wrap=True))
        if len(lines) == shown:
            break
    return [Text("Evidence (redacted posts)", style="bold"), *lines, Text("")] if lines else []


def facet_table(facet: Facet) -> Table:
    """A facet's values: people, share with a bar, TGI with its interval."""
    title = facet.label
    if facet.suppressed:
        title += f"  ({facet.suppressed} values too small to show)"
    grid = table(
        facet.label, "people", "share", "", "TGI", "95 %", right=("people", "TGI", "95 %"), title=title
    )
    for value in facet.values[:FACET_VALUES_SHOWN]:
        grid.add_row(
            value.label,
            count(value.count),
            bar(value.share),
            f"{percent(value.share)} ({between(value.share_low, value.share_high)})",
            _tgi(value),
            f"{value.low:.0f}–{value.high:.0f}",
        )
    return grid


def _tgi(value: FacetValue) -> Text:
    # Bold only where the interval leaves 100: the rest may be chance.
    sure = value.low > 100 or value.high < 100
    return Text(f"{value.tgi:.0f}", style="bold" if sure else "dim")


def over_indexed_table(title: str, values: list[FacetValue], shown: int = 10) -> Table:
    """What an audience has more of than everybody."""
    grid = table("", "people", "TGI", "95 %", right=("people", "TGI", "95 %"), title=title)
    for value in values[:shown]:
        grid.add_row(value.label, count(value.count), _tgi(value), f"{value.low:.0f}–{value.high:.0f}")
    return grid


def _next(answer: SearchAnswer) -> str:
    if not answer.facets:
        return f"Next: add --facets for what they share, or renqun export '{answer.query}' -o audience.csv"
    return f"Next: renqun export '{answer.query}' -o audience.csv"
