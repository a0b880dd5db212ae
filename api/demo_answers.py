"""The demo's three questions, one a user, and its closing table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.rule import Rule
from rich.text import Text

from api.render.console import table
from privacy.home import Home

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

GROWTH_QUERY = "tag:露营>=3 follows:远帐 -follows:山野集"
LOOKALIKES = 200
TREND_SINCE = "30d"
GOALS = {
    "tag_f1": (">=", 0.85),
    "lookalike_auc": (">=", 0.90),
    "burst_recall": (">=", 0.9),
    "burst_precision": (">=", 0.8),
    "community_nmi": (">=", 0.7),
    "overlap_error": ("<=", 0.03),
    "overlap_coverage": (">=", 0.9),
}


def growth_team(home: Home, out: Console) -> None:
    """Who camps, follows the competitor and not us?"""
    from api.render.search import search_view
    from audience.search.ask import search

    _ask(out, "Growth team", f"renqun search '{GROWTH_QUERY}' --limit 5 --facets")
    out.print(search_view(search(home, GROWTH_QUERY, limit=5, facets=True)))


def campaign_planner(home: Home, out: Console, seeds: Path) -> None:
    """Who is most like the people on our list?"""
    from api.render.lookalike import lookalike_view
    from audience.lookalike.find import lookalike
    from audience.lookalike.seeds import resolve
    from audience.named.lists import read_csv

    _ask(out, "Campaign planner", f"renqun lookalike {seeds.name} --size {LOOKALIKES}")
    found = resolve(home, read_csv(seeds.read_bytes()))
    out.print(lookalike_view(lookalike(home, found, LOOKALIKES), shown=5))


def trend_analyst(home: Home, out: Console) -> None:
    """What is rising, since when, among whom?"""
    from api.render.trends import trends_view
    from audience.trends.items import trends

    _ask(out, "Analyst", f"renqun trends --rising --since {TREND_SINCE} --limit 5")
    out.print(trends_view(trends(home, rising=True, since=TREND_SINCE, limit=5)))


def _ask(out: Console, who: str, command: str) -> None:
    out.print()
    out.print(Rule(f"[bold]{who}[/]", align="left"))
    out.print(f"$ {command}", style="cyan", markup=False)


def report_table(report: dict[str, Any]) -> RenderableType:
    """The figures against their goals."""
    grid = table("figure", "value", "goal", right=("value", "goal"), title="Against the planted truth")
    grid.add_row("posts lost", str(report["lost"]), "0")
    for name, value in report["quality"].items():
        sign, goal = GOALS.get(name, ("", ""))
        shown = str(value) if isinstance(value, int) else f"{value:.3f}"
        grid.add_row(name, shown, f"{sign} {goal}".strip())
    seconds = report["seconds"]
    stages = ", ".join(f"{name} {spent:.0f}" for name, spent in seconds.items() if "." not in name)
    return Group(grid, Text(f"seconds: {stages}", style="dim"))
