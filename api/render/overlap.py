"""Brand overlap in the terminal: sizes, pairs with intervals, exact intersections, what each part cares about."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import bar, between, count, percent, table
from api.render.search import over_indexed_table
from audience.network.overlap_answers import OverlapAnswer

_HIDDEN = (
    "hidden: fewer than {k} people, or what is shown would tell how many they are in another row, by subtraction. Fewer "
    "brands at once show more."
)


def overlap_view(answer: OverlapAnswer) -> RenderableType:
    """The whole answer."""
    sizes = table("brand", "role", "followers seen", right=("followers seen",))
    for one in answer.brands:
        sizes.add_row(one.brand, one.role, count(one.followers))
    pairs = table(
        "brands",
        "both",
        "",
        "Jaccard",
        "95 %",
        right=("both", "Jaccard", "95 %"),
        title="How far they share followers",
    )
    told = [pair for pair in answer.pairs if not pair.hidden]
    for pair in told:
        pairs.add_row(
            f"{pair.a} & {pair.b}",
            count(pair.both),
            "" if pair.jaccard is None else bar(pair.jaccard),
            percent(pair.jaccard),
            between(pair.low, pair.high),
        )
    if len(told) < len(answer.pairs):
        pairs.add_row(f"… {len(answer.pairs) - len(told)} more", count(None))
    parts: list[RenderableType] = [sizes, pairs]
    if answer.intersections:
        exact = table("follow exactly", "people", right=("people",), title="Each person in one row")
        shown = [part for part in answer.intersections if part.people is not None]
        for part in shown:
            exact.add_row(" + ".join(part.brands), count(part.people))
        if hidden := len(answer.intersections) - len(shown):
            exact.add_row(f"… {hidden} more", count(None))
        parts.append(exact)
    parts += [
        over_indexed_table(
            f"{group.group} ({count(group.people)}): more than everybody", group.over_indexed, 6
        )
        for group in answer.groups
        if group.over_indexed
    ]
    if answer.churn:
        parts.append(_churn(answer))
    if answer.conquest:
        win = table(
            "to win over",
            "people",
            "the query",
            right=("people",),
            title="Follow them, not us, active lately",
        )
        for chance in answer.conquest:
            win.add_row(chance.brand, count(chance.people), chance.query)
        parts.append(win)
    if answer.unseen is not None:
        parts.append(
            Text(
                f"{percent(answer.unseen)} of their followers can't be seen (hidden lists); the intervals allow for them."
            )
        )
    if any(pair.hidden for pair in answer.pairs) or any(row.people is None for row in answer.intersections):
        parts.append(Text(_HIDDEN.format(k=answer.k), style="dim"))
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    return Group(*parts)


def _churn(answer: OverlapAnswer) -> RenderableType:
    grid = table(
        "brand", "between", "followed", "left", "share", "95 %", "came", "went to",
        right=("followed", "left", "share", "came"), fixed=("between", "95 %"), spare=("between", "came", "followed"), title="Who left",
    )  # fmt: skip
    for one in answer.churn:
        went = "、".join(f"{brand} {people:,}" for brand, people in one.went_to.items())
        grid.add_row(
            one.brand,
            f"{one.start:%m-%d} and {one.end:%m-%d}",
            count(one.before),
            count(one.left),
            percent(one.left_share),
            between(one.low, one.high),
            count(one.came),
            went,
        )
    return grid
