"""A chain reaction in the terminal: whom to tell first, and how far each adds."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import bar, count, percent, table
from audience.network.answers import SpreadAnswer

_DO = {"ic": "hear of it", "lt": "join in"}
_MODEL = {
    "ic": "Whoever hears of it may pass it on, once",
    "lt": "Somebody joins when enough of those they follow have; all whom one follows count alike",
}


def spread_view(answer: SpreadAnswer) -> RenderableType:
    """The whole answer."""
    if answer.hidden:
        return Text(f"hidden: {answer.reason}", style="yellow")
    chosen = table(
        "#",
        "account",
        "infl",
        "followers",
        "interests",
        "",
        "people reached",
        right=("#", "infl", "followers", "people reached"),
        fixed=("account",),
        spare=("interests",),
    )
    for seed in answer.seeds:
        chosen.add_row(
            str(seed.rank),
            seed.name or f"{seed.account_id[:11]}…",
            "" if seed.influence is None else f"p{seed.influence}",
            "" if seed.followers is None else f"{seed.followers:,}",
            " ".join(seed.tags),
            bar(seed.reach / (answer.reach or 1)),
            f"{seed.reach:,}",
        )
    return Group(chosen, *(Text(line) for line in _said(answer)))


def _said(answer: SpreadAnswer) -> list[str]:
    number = len(answer.seeds)
    chances = (
        f"; how likely, learnt from {answer.learnt_from:,} reposts"
        if answer.learnt_from
        else "; nobody was seen to repost, so all whom one follows count alike"
    )
    lines = [
        f"If these {number} tell it first, about {answer.reach:,} of {count(answer.people)} people {_DO[answer.model]} "
        f"(95 % {answer.low:,}–{answer.high:,}); with the {number} most followed it is {answer.most_followed_reach:,}.",
        f"{_MODEL[answer.model]}{chances if answer.model == 'ic' else ''}.",
    ]
    if answer.guarantee is not None and answer.sure is not None:
        lines.append(
            f"Sure to {100 * answer.sure:.4g} %: at least {percent(answer.guarantee)} of what the best possible "
            "choice reaches in this model."
        )
    return lines
