"""A diagnosis in the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.doctor import Diagnosis, size
from api.render.console import table

_MARKS = {"ok": ("✓", "green"), "note": ("·", "dim"), "warn": ("!", "yellow"), "bad": ("✗", "red")}


def doctor_view(found: Diagnosis) -> RenderableType:
    """Findings with what to do, then the tables, then the versions."""
    checks = table("", "what", "how it stands", "do")
    for one in found.findings:
        mark, style = _MARKS[one.level]
        checks.add_row(Text(mark, style=style), one.what, one.says, one.do)
    parts: list[RenderableType] = [checks]
    if found.tables:
        tables = table("table", "version", "rows", "on disk", right=("version", "rows", "on disk"))
        for state in found.tables:
            rows = "unknown" if state.rows is None else f"{state.rows:,}"
            tables.add_row(state.name, str(state.version), rows, size(state.bytes))
        parts.append(tables)
    versions = ", ".join(f"{name} {number or 'missing'}" for name, number in found.libraries.items())
    return Group(*parts, Text(versions, style="dim"))
