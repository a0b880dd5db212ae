"""An audience in the terminal: its size, its members and why, what else they care about."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import bar, between, count, percent, sparkline, table
from api.render.evidence import evidence_lines
from api.render.grid import Grid
from api.render.seeds import seed_line
from audience.search.answers import Facet, FacetValue, Member, SearchAnswer

TAGS_SHOWN = 4
FACET_VALUES_SHOWN = 4
TAG_VALUES_SHOWN = 8
HOURS = "hour"
_DAY = [f"{hour:02d}" for hour in range(24)]


def search_view(answer: SearchAnswer) -> RenderableType:
    """The whole answer: head, members, evidence, facets, over-indexed words, what to do next."""
    parts: list[RenderableType] = [_head(answer)]
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    if answer.like is not None and answer.like.seeds is not None:
        parts.append(Text(seed_line(answer.like.seeds)))
    if answer.hidden:
        parts.append(_hidden(answer))
        return Group(*parts)
    if answer.members:
        parts += [_members(answer.members), *evidence_lines(answer.members)]
    if answer.facets:
        parts.append(facets_table(answer.facets, answer.baseline_query or "everybody"))
        parts += _hours(answer.facets)
        parts += _origins(answer.facets)
        parts += _not_shown(answer.facets)
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
        if answer.baseline_query:
            head.append(f", against {answer.baseline:,} of {answer.baseline_query}")
        else:
            head.append(f" of {answer.baseline:,} ({percent(answer.total / answer.baseline)})")
    if answer.like is not None:
        seeds = answer.like.query or "the seeds"
        head.append(f"\nlike   {seeds} ({answer.like.people:,} people), the most alike first")
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


def _members(members: list[Member]) -> Grid:
    alike = [one.similarity for one in members if one.similarity is not None]
    like = ["like"] if alike else []
    grid = table(
        "#", "member", *like, "region", "activity", "infl", "interests · level", "why",
        right=("#", "like", "infl"), fixed=("member", "activity"), spare=("activity", "region", "infl"),
    )  # fmt: skip
    for place, member in enumerate(members, 1):
        grid.add_row(
            str(place),
            Text(member.name or short_id(member.person_id)),
            *(["–" if member.similarity is None else f"{member.similarity:.2f}"] if alike else []),
            Text(" ".join(member.regions)),
            member.activity or "unknown",
            "–" if member.influence is None else f"p{member.influence}",
            Text(levels(member)),
            Text("; ".join(member.why)),
        )
    return grid


def facets_table(facets: list[Facet], baseline: str = "everybody") -> Grid:
    """What they share, one block a facet: people, share with a bar, TGI with its interval."""
    grid = table(
        "field", "they share", "people", "", "share", "TGI", "95 %", right=("people", "share", "TGI", "95 %"), spare=("field", "share"),
        title=f"What they share, against {baseline} (TGI 100 = as they; bold where not by chance)",
    )  # fmt: skip
    for facet in facets:
        if facet.field == HOURS:
            continue
        most = TAG_VALUES_SHOWN if facet.field == "tag" else FACET_VALUES_SHOWN
        for place, value in enumerate(facet.values[:most]):
            grid.add_row(
                Text(facet.label, style="bold") if place == 0 else "",
                Text(value.label),
                count(value.count),
                bar(value.share, 10),
                f"{percent(value.share)} ({between(value.share_low, value.share_high)})",
                _tgi(value),
                f"{value.low:.0f}–{value.high:.0f}",
            )
    return grid


def _hours(facets: list[Facet]) -> list[RenderableType]:
    """The hours of the day at which they post, as one line of 24 bars."""
    for facet in facets:
        if facet.field == HOURS and facet.values:
            people = {value.value: value.count for value in facet.values}
            line = sparkline([float(people[hour]) if hour in people else None for hour in _DAY])
            return [Text(f"{facet.label} 00 {line} 23   (blank: too few)\n")]
    return []


def _origins(facets: list[Facet]) -> list[RenderableType]:
    """Of how many people each fact is declared, and of how many touchpoints tell it; a line a facet."""
    lines = []
    for facet in facets:
        told = [value for value in facet.values[:FACET_VALUES_SHOWN] if value.declared is not None]
        parts = [f"{v.label} {v.declared:,} declared, {v.touchpoints:,} by touchpoints" for v in told]
        lines += [f"{facet.label}: {'; '.join(parts)}\n"] if parts else []
    return [Text("".join(lines), style="dim")] if lines else []


def _not_shown(facets: list[Facet]) -> list[RenderableType]:
    said = "Values that nobody here, few, or nearly all of them have are not shown."
    return [Text(f"{said}\n", style="dim")] if any(facet.suppressed for facet in facets) else []


def _tgi(value: FacetValue) -> Text:
    # Bold only where the interval leaves 100: the rest may be chance.
    sure = value.low > 100 or value.high < 100
    return Text(f"{value.tgi:.0f}", style="bold" if sure else "dim")


def over_indexed_table(title: str, values: list[FacetValue], shown: int = 10) -> Grid:
    """What an audience has more of than everybody."""
    grid = table("", "people", "TGI", "95 %", right=("people", "TGI", "95 %"), title=title)
    for value in values[:shown]:
        grid.add_row(Text(value.label), count(value.count), _tgi(value), f"{value.low:.0f}–{value.high:.0f}")
    return grid


def _next(answer: SearchAnswer) -> str:
    if answer.cursor:
        return f"Next: more of them with --cursor {answer.cursor}"
    if not answer.facets:
        return f"Next: add --facets for what they share, or renqun export '{answer.query}' -o audience.csv"
    return f"Next: renqun export '{answer.query}' -o audience.csv"
