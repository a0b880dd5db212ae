"""The audit trail in the terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.text import Text

from api.audited import AuditRow
from api.render.console import table
from api.render.grid import Grid

_SHOWN = 200  # characters of one entry's detail


def audit_view(rows: Sequence[AuditRow]) -> Grid:
    """One entry a row, its detail cut to a few lines."""
    grid = table(
        "id",
        "at (UTC)",
        "who",
        "role",
        "action",
        "detail",
        right=("id",),
        fixed=("at (UTC)",),
        spare=("role",),
    )
    for row in rows:
        told = ", ".join(f"{name}: {_plain(value)}" for name, value in row.detail.items())
        cut = told if len(told) <= _SHOWN else f"{told[:_SHOWN]}… (--json shows all)"
        grid.add_row(str(row.id), f"{row.at:%Y-%m-%d %H:%M:%S}", row.who, row.role, row.action, Text(cut))
    return grid


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
