"""A query in the terminal, in all its forms."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from audience.search.answers import QueryAnswer


def query_view(answer: QueryAnswer) -> RenderableType:
    """What it means, as text, with its segments written out, and as JSON."""
    rows = [("means", answer.reading), ("text", answer.text or "(everybody)")]
    if answer.resolved != answer.text:
        rows.append(("in full", answer.resolved))
    lines = [Text.assemble((f"{name:<9}", "dim"), text) for name, text in rows]
    # On one line, however long: what is copied is valid JSON.
    lines.append(
        Text.assemble(
            ("JSON     ", "dim"),
            answer.query.model_dump_json(exclude_defaults=True),
            no_wrap=True,
            overflow="ignore",
        )
    )
    return Group(*lines, *(Text(f"note: {warning}", style="yellow") for warning in answer.warnings))
