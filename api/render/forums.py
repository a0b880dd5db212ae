"""What a forum file reads on a page, for people who write one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import table

if TYPE_CHECKING:
    from crawlers.protocols.forum_trial import Trial
    from crawlers.protocols.page import Ask

_WORDS = 60  # characters of a post that are shown


def trial_view(trial: Trial) -> RenderableType:
    """The rows, where the page leads to, what was refused, and the keys that found nothing."""
    rows = trial.page.rows
    made: list[RenderableType] = [Text(f"read as: {trial.kind}", style="bold")]
    if rows.posts:
        grid = table(
            "post", "author", "time", "answers", "text", fixed=("post", "time"), spare=("answers", "time")
        )
        for post in rows.posts:
            words = " ".join((post.get("text") or "").split())
            answers = post.get("reply_to_native_id") or ""
            author = f"{post['author_native_id']} {post.get('author_handle') or ''}".strip()
            when = f"{post['created_at']:%Y-%m-%d %H:%M} UTC"
            grid.add_row(post["native_id"], author, when, answers, words[:_WORDS])
        made.append(grid)
    if rows.accounts:
        grid = table("fact", "value")
        for key, value in rows.accounts[0].items():
            grid.add_row(key, str(value))
        made.append(grid)
    made.extend(_leads(trial.page.next))
    made.extend(Text(f"refused: {one['table']}, {one['reason']}") for one in rows.rejects)
    made.extend(Text(f"{key} found nothing ({times} times)") for key, times in sorted(trial.missed.items()))
    return Group(*made)


def _leads(asks: list[Ask]) -> list[RenderableType]:
    if not asks:
        return []
    grid = table("leads to", "address", "last post/replies")
    for ask in asks:
        name = f"{ask.kind} {ask.meta.get('board') or ''}".strip() if ask.kind == "board" else ask.kind
        grid.add_row(name, ask.url, ask.remember[1] if ask.remember and ask.kind == "topic" else "")
    return [grid]
