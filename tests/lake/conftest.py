from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lake.schemas import TABLES
from lake.store import Lake
from privacy.home import Home

Make = Callable[..., pa.Table]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(Home(tmp_path / "home"))


@pytest.fixture
def make() -> Make:
    """Rows of a table, from columns; the rest is null."""

    def make_table(name: str, **columns: list[Any]) -> pa.Table:
        schema = TABLES[name].schema
        length = len(next(iter(columns.values())))
        if "collected_at" in schema.names:
            columns.setdefault("collected_at", [datetime(2026, 8, 1, tzinfo=UTC)] * length)
        if "source" in schema.names:
            columns.setdefault("source", ["s"] * length)
        if "month" in schema.names:
            columns.setdefault("month", ["2026-08"] * length)
        return pa.table({f.name: pa.array(columns.get(f.name, [None] * length), f.type) for f in schema})

    return make_table
