"""Who is listened to, in the terminal: standing with its interval, reach, and why."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import table
from api.render.search import short_id
from audience.graph_answers import InfluenceAnswer, Influencer


def influence_view(answer: InfluenceAnswer) -> RenderableType:
    """The whole answer."""
    if answer.hidden:
        return Text(f"hidden: {answer.reason}", style="yellow")
    heads = ["#", "account", "infl", "95 %", "followers", "in 2 steps", "ampl", "who listens, and on what"]
    if answer.tag:
        heads.insert(2, f"on {answer.tag}")
    grid = table(*heads, right=("#", "infl", "followers", "in 2 steps", "ampl"), fixed=("95 %",))
    for one in answer.influencers:
        cells = [
            str(one.rank),
            one.name or short_id(one.account_id),
            f"p{one.percentile}",
            f"{one.low}–{one.high}",
            f"{one.followers:,}",
            f"{one.within_two:,}",
            "–" if one.amplification is None else f"{one.amplification:.1f}x",
            _why(one),
        ]
        if answer.tag:
            cells.insert(2, "–" if one.tag_percentile is None else f"p{one.tag_percentile}")
        grid.add_row(*cells)
    notes = [
        "infl: percentile among all accounts; ampl: reposts a post, against accounts with as many followers "
        "(–: too few posts).",
    ]
    return Group(grid, *(Text(note, style="dim") for note in notes))


def _why(one: Influencer) -> str:
    by = "、".join(f"{who.name or short_id(who.account_id)} ×{who.times}" for who in one.amplified_by)
    parts = [by, " ".join(one.communities[:2]), " ".join(one.topics)]
    return "; ".join(part for part in parts if part) or "followed only"
