"""The user dictionary in the terminal."""

from __future__ import annotations

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.text import Text

from api.dictionary import DictionaryAnswer, DictionaryChanged


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
