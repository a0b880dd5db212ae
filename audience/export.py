"""Audiences to files: pseudonyms only, one row a person, audited."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from audience.answers import ExportReport
from audience.files import whole
from audience.group import group_of
from audience.query.model import AudienceQuery
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError, ForbiddenError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

_LIST = pa.list_(pa.string())
SCHEMA = pa.schema(
    [
        ("account_id", pa.string()),
        ("person_id", pa.string()),
        ("accounts", _LIST),
        ("sources", _LIST),
        ("regions", _LIST),
        ("activity", pa.string()),
        ("influence", pa.int32()),
        ("last_active_at", pa.timestamp("s", tz="UTC")),
        ("communities", _LIST),
        ("follows", _LIST),
        ("intents", _LIST),
        ("tags", _LIST),  # "露营:7", strongest first
    ]
)
_BATCH = 10_000
# A spreadsheet reads a cell that begins with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export(
    home: Home,
    query: AudienceQuery | str,
    path: Path,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> ExportReport:
    """Write the people of an audience to ``.csv`` (UTF-8 with BOM) or ``.parquet``. Needs role planner.

    Only people who may be listed are written, in order of standing; the file appears whole or not at all.

    Raises:
        BadInputError: another kind of file.
        ForbiddenError: the role is too low, or the audience may not be shown.
        StorageError: the file could not be written.
    """
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    write = {".csv": _write_csv, ".parquet": _write_parquet}.get(path.suffix.lower())
    if write is None:
        raise BadInputError(
            f"{path.name} is neither .csv nor .parquet", "end the file name in .csv or .parquet"
        )
    group = group_of(home, query, disclosure)
    detail = {"query": group.query, "file": path.name, "refused": group.hidden, "rows": len(group.rows)}
    record(home, who, role, "export", detail)
    if group.hidden:
        raise ForbiddenError(f"this audience may not be exported: {group.hidden}", "widen the query")
    rows = [_row(row) for row in group.rows]
    whole([path], lambda drafts: write(drafts[0], rows))
    return ExportReport(query=group.query, path=str(path), rows=len(rows))


def _row(row: Any) -> dict[str, Any]:
    last_active = row["last_active"]
    return {
        "account_id": row["accounts"][0],
        "person_id": row["person_id"],
        "accounts": row["accounts"],
        "sources": row["sources"],
        "regions": [region for region in row["regions"] if sensitive_matter(region) is None],
        "activity": row["activity"],
        "influence": row["influence"],
        "last_active_at": None if last_active is None else datetime.fromtimestamp(last_active, UTC),
        "communities": row["communities"],
        "follows": row["follows"],
        "intents": row["intents"],
        "tags": [f"{tag}:{level}" for tag, level in row["levels"].items()],
    }


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SCHEMA.names)
        for row in rows:
            writer.writerow([cell(row[name]) for name in SCHEMA.names])
        file.flush()
        os.fsync(file.fileno())


def cell(value: Any) -> str:
    """A cell as text that no spreadsheet runs: what begins like a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    text = "|".join(str(part) for part in value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for batch in _batches(rows):
            writer.write_table(pa.Table.from_pylist(batch, schema=SCHEMA))


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
