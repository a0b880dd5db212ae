"""What a mining run did, in the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.mining_run import MineAndIndex
from api.render.console import table
from mining.topics import TopicsFitted


def mining_view(report: MineAndIndex) -> RenderableType:
    """Seconds a stage, rows a table, and what to ask next."""
    mined, indexed = report.mined, report.indexed
    if mined is None:
        return Text(
            f"Nothing new to mine; {indexed.persons:,} people indexed anew in {indexed.seconds:.1f} s"
        )
    stages = table("stage", "seconds", right=("seconds",))
    for stage, seconds in {**mined.seconds, "index": indexed.seconds}.items():
        stages.add_row(stage, f"{seconds:.2f}")
    rows = ", ".join(f"{name} {number:,}" for name, number in mined.rows.items())
    models = "new models fitted, " if mined.refitted else ""
    drift = [Text(f"fitted anew: {mined.drift}", style="yellow")] if mined.drift else []
    fitted = [Text(_topics(mined.topics))] if mined.topics else []
    return Group(
        stages,
        *drift,
        *fitted,
        Text(f"{models}{mined.annotated:,} posts annotated, {indexed.persons:,} people indexed"),
        Text(f"tables: {rows}", style="dim"),
        Text(
            "Next: renqun search 'tag:咖啡>=3' --facets; renqun trends --rising; renqun doctor", style="dim"
        ),
    )


def _topics(fitted: TopicsFitted) -> str:
    """How many topics, why so many, and how good they are."""
    chosen = (
        f"chosen among {', '.join(map(str, fitted.tried))}"
        if fitted.asked is None
        else f"{fitted.asked} asked for"
    )
    stability = "" if fitted.stability is None else f", stability {fitted.stability:.2f}"
    return (
        f"{fitted.topics} topics ({chosen}; {fitted.method}): NPMI {fitted.npmi:.2f}, "
        f"diversity {fitted.diversity:.2f}{stability}"
    )
