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
    rows.append(("JSON", answer.query.model_dump_json(exclude_defaults=True)))
    lines = [Text.assemble((f"{name:<9}", "dim"), text) for name, text in rows]
    return Group(*lines, *(Text(f"note: {warning}", style="yellow") for warning in answer.warnings))
