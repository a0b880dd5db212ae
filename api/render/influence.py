"""Who is listened to, in the terminal: standing with its interval, reach, and why."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import table
from api.render.search import short_id
from audience.network.answers import InfluenceAnswer, Influencer

_NOTE = (
    "infl: percentile among all accounts; 2 steps: different people among followers and theirs; ampl: reposts a post "
    "beside accounts with as many followers (–: too few posts, or as for those nobody passes on); heard by: the community that passes it on most; on: "
    "about what. --json adds who passes it on."
)


def influence_view(answer: InfluenceAnswer) -> RenderableType:
    """The whole answer."""
    if answer.hidden:
        return Text(f"hidden: {answer.reason}", style="yellow")
    heads = ["#", "account", "infl", "95 %", "followers", "2 steps", "ampl", "heard by", "on"]
    if answer.tag:
        heads.insert(2, f"on {answer.tag}")
    figures = ("#", "infl", "followers", "2 steps", "ampl", *heads[2:3])
    spare = ("heard by", "2 steps", "on", "ampl")
    grid = table(*heads, right=figures, fixed=("account", "95 %"), spare=spare)
    for one in answer.influencers:
        cells = [
            str(one.rank),
            one.name or short_id(one.account_id),
            f"p{one.percentile}",
            f"{one.low}–{one.high}",
            f"{one.followers:,}",
            f"{one.within_two:,}",
            _amplification(one),
            " ".join(one.communities[:1]),
            " ".join(one.topics),
        ]
        if answer.tag:
            cells.insert(2, "–" if one.tag_percentile is None else f"p{one.tag_percentile}")
        grid.add_row(*cells)
    return Group(grid, Text(_NOTE, style="dim"))


def _amplification(one: Influencer) -> str:
    """Times what is expected; nothing where neither the account's posts nor those of its likes are passed on."""
    if one.amplification is None or not (one.median_reposts or one.expected_reposts):
        return "–"
    return f"{one.amplification:.1f}x"
