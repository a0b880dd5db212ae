"""Interest tags on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import bar, between, count, percent, table
from audience.tags.answers import SortedPosts, TagInfo, TagPrecision, TagSample, TagWord, TagWords

_WORDS_SHOWN = 8


def tags_view(tags: Sequence[TagInfo]) -> RenderableType:
    """The tags, a line each."""
    grid = table(
        "top interest",
        "tag",
        "own",
        "people",
        "begins with",
        right=("people",),
        fixed=("tag",),
        spare=("own",),
    )
    for tag in tags:
        people = "–" if tag.people is None else f"{tag.people:,}"
        grid.add_row(
            tag.parent, tag.tag, "yes" if tag.own else "", people, " ".join(tag.words[:_WORDS_SHOWN])
        )
    return grid


def words_view(answer: TagWords) -> RenderableType:
    """The words of one tag with their reasons."""
    grid = table(
        "word", "from", "PMI", "posts", "why", right=("PMI", "posts"), fixed=("word",), spare=("from", "PMI"),
        title=f"{answer.parent} › {answer.tag}",
    )  # fmt: skip
    for word in answer.words:
        grid.add_row(
            _name(word), word.origin, _number(word.pmi), count(word.posts) if word.pmi else "–", word.reason
        )
    note = "hidden: fewer people than may be told of. Strike one out: renqun tags veto TAG WORD"
    parts: list[RenderableType] = [grid, Text(note, style="dim")]
    if answer.waiting:
        parts.append(Text("Own tags or vetoes changed: renqun mine makes them count.", style="bold"))
    return Group(*parts)


def _name(word: TagWord) -> Text:
    return Text(word.word, style="strike" if word.vetoed else "") + (" (vetoed)" if word.vetoed else "")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def sample_view(answer: TagSample) -> RenderableType:
    """The posts to judge."""
    if answer.hidden:
        return Text(f"Nothing can be shown of {answer.tag}: {answer.reason}.")
    if not answer.posts:
        return Text(f"No post with the tag {answer.tag} may be shown.")
    grid = table(
        "post", "p", "text", right=("p",), fixed=("post",), title=f"{answer.tag}: {answer.tagged:,} posts"
    )
    for post in answer.posts:
        grid.add_row(post.post_id, f"{post.probability:.2f}", post.excerpt)
    return grid


def precision_view(answer: TagPrecision) -> RenderableType:
    """One line: the share of right posts, with its interval."""
    return Text(
        f"{answer.tag}: {answer.right} of {answer.judged} judged posts are right, precision "
        f"{percent(answer.precision)} (95 % interval {between(answer.low, answer.high)})"
    )


def sorted_view(answer: SortedPosts) -> RenderableType:
    """Shares of posts by class."""
    grid = table(
        "class", "posts", "share", "95 % interval", "", right=("posts", "share"), fixed=("95 % interval",)
    )
    for one in answer.classes:
        grid.add_row(
            one.name, count(one.posts), percent(one.share), between(one.low, one.high), bar(one.share or 0.0)
        )
    note = f"of {answer.posts:,} posts; {percent(answer.left_over)} belong to no class for sure"
    return Group(grid, Text(note, style="dim"))
