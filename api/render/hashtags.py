"""Suggested hashtags in the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import percent, table
from audience.tags.hashtags import HashtagsAnswer


def hashtags_view(answer: HashtagsAnswer) -> RenderableType:
    """A table, likeliest first."""
    if not answer.suggestions:
        return Text(f"None of the {answer.known:,} hashtags known suits this text.")
    grid = table("hashtag", "likely", right=("likely",))
    for one in answer.suggestions:
        grid.add_row(f"#{one.hashtag}", percent(one.score))
    return Group(grid, Text(f"of {answer.known:,} hashtags that enough people use", style="dim"))
