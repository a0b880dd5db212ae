"""Topics in the terminal: one table, and beneath it the posts that stand for each."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import percent, table
from audience.tags.topic_answers import TopicRow, TopicsAnswer

_WORDS = 7
_POSTS = 2


def topics_view(answer: TopicsAnswer) -> RenderableType:
    """The whole answer."""
    parts: list[RenderableType] = [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    if answer.topics:
        grid = table(
            "topic", "name", "people", "posts", "share", "NPMI", "stable", "words",
            right=("people", "posts", "share", "NPMI", "stable"), fixed=("topic",), spare=("stable", "NPMI", "posts", "share"),
        )  # fmt: skip
        for row in answer.topics:
            grid.add_row(
                row.topic,
                row.name,
                f"{row.people:,}",
                f"{row.posts:,}",
                percent(row.share),
                f"{row.npmi:.2f}",
                _figure(row.stability),
                " ".join(row.words[:_WORDS]),
            )
        parts.append(grid)
        parts += [_posts(row) for row in answer.topics if row.examples]
    parts.append(Text(_summary(answer), style="dim"))
    return Group(*parts)


def _posts(row: TopicRow) -> Text:
    said = [f"    {post.excerpt}" for post in row.examples[:_POSTS]]
    return Text("\n".join([f"{row.topic} {row.name}", *said]))


def _summary(answer: TopicsAnswer) -> str:
    return "\n".join(
        (
            f"{answer.found} topics, {answer.hidden} of them of fewer than {answer.k} people and not shown; "
            f"{percent(answer.assigned)} of posts have one.",
            f"NPMI {_figure(answer.npmi)} (coherence, -1 to 1), diversity {_figure(answer.diversity)}, "
            f"stability {_figure(answer.stability)} (agreement over three seeds).",
            "Next: renqun search topic:ID; renqun trends topic:ID; renqun mine --topics K for another number.",
        )
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
