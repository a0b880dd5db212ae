"""The communities in the terminal: how large, what they care about, who leads and who joins them."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import bar, count, percent, table
from api.render.search import short_id
from audience.network.answers import CommunitiesAnswer, CommunityRow


def communities_view(answer: CommunitiesAnswer) -> RenderableType:
    """The whole answer."""
    grid = table(
        "", "community", "people", "", "more than everybody", "led by", "close to", right=("people",)
    )
    most = max((row.share for row in answer.communities), default=1.0) or 1.0
    for row in answer.communities:
        grid.add_row(
            row.community,
            row.name or "–",
            f"{row.people:,}",
            bar(row.share / most, 8),
            " ".join(f"{one.value}·{one.tgi:.0f}" for one in row.over_indexed[:3]),
            "、".join(row.leaders),
            _near(row),
        )
    parts: list[RenderableType] = [
        Text(f"{count(answer.people)} people in communities; the largest holds {percent(most)} of them."),
        grid,
    ]
    if answer.bridges:
        names = {row.community: row.name or row.community for row in answer.communities}
        joins = table("who joins them", "of", "reaches", "evenly", title="Bridges")
        for bridge in answer.bridges[:10]:
            reaches = "、".join(names.get(one, one) for one in bridge.reaches[:4])
            joins.add_row(
                bridge.name or short_id(bridge.account_id),
                names.get(bridge.community, bridge.community),
                reaches,
                f"{bar(bridge.participation, 8)} {bridge.participation:.2f}",
            )
        parts.append(joins)
    if answer.hidden:
        parts.append(
            Text(f"{answer.hidden:,} communities of fewer than {answer.k} people are not shown.", style="dim")
        )
    return Group(*parts)


def _near(row: CommunityRow) -> str:
    return "、".join(f"{near.name or near.community} {near.times_expected:.1f}x" for near in row.close_to[:2])
