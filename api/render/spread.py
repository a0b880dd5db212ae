"""A chain reaction in the terminal: whom to tell first, and how far each adds."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import bar, count, percent, table
from audience.graph_answers import SpreadAnswer

_HEARS = {
    "ic": "each time somebody hears of it, they may pass it on",
    "lt": "somebody passes it on when enough of those they hear have",
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
        "people reached",
        "",
        right=("#", "infl", "followers"),
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
    lines = [
        f"Told first, these {number} reach about {answer.reach:,} of {count(answer.people)} people "
        f"(95 % {answer.low:,}–{answer.high:,}); the {number} most followed reach {answer.most_followed_reach:,}.",
        f"Model {answer.model}: {_HEARS[answer.model]}; "
        + (
            f"how likely, learnt from {answer.learnt_from:,} reposts."
            if answer.learnt_from
            else "nobody was seen to repost, so all whom one follows count alike."
        ),
    ]
    if answer.guarantee is not None and answer.sure is not None:
        lines.append(
            f"Sure to {100 * answer.sure:.4g} %: at least {percent(answer.guarantee)} of what the best possible "
            "choice reaches in this model."
        )
    return lines
