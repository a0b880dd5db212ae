"""The user dictionary in the terminal."""

from __future__ import annotations

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.text import Text

from api.dictionary import DictionaryAnswer, DictionaryChanged, SuggestionAnswer
from api.render.console import count, table


def dictionary_view(answer: DictionaryAnswer) -> RenderableType:
    """The words in columns, those not yet in force in yellow."""
    pending = set(answer.pending)
    words = [Text(word, style="yellow" if word in pending else "") for word in answer.words]
    parts: list[RenderableType] = [Text(f"{answer.total:,} words", style="bold"), Columns(words)]
    if pending:
        parts.append(Text(f"{len(pending):,} not yet in force: renqun mine", style="yellow"))
    return Group(*parts)


def change_view(change: DictionaryChanged, done: str) -> RenderableType:
    """What was done, in a line or two."""
    parts = [Text(f"{done}: {'、'.join(change.changed) or 'nothing'}; {change.total:,} words in all")]
    if change.unchanged:
        parts.append(Text(f"there already: {'、'.join(change.unchanged)}", style="yellow"))
    return Group(*parts)


def suggestions_view(answer: SuggestionAnswer) -> RenderableType:
    """One line a proposal, its first example below the evidence."""
    if not answer.words:
        return Text(f"No word that {answer.k} accounts or more write is missing: collect more posts.")
    grid = table(
        "word", "cut today", "said", "by", "PMI", "before", "after", "for example",
        right=("said", "by", "PMI", "before", "after"), fixed=("word",), spare=("after", "before", "PMI", "said"),
    )  # fmt: skip
    for one in answer.words:
        grid.add_row(
            one.word,
            " / ".join(one.parts),
            count(one.count),
            count(one.accounts),
            f"{one.pmi:.1f}",
            f"{one.left_entropy:.1f}",
            f"{one.right_entropy:.1f}",
            one.examples[0] if one.examples else "",
        )
    return Group(grid, Text("Take one: renqun dict add WORD", style="bold"))
