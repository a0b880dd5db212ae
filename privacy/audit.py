"""The audit trail: who saw members, evidence or exports, and when. Rows are added, never changed or removed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from privacy.home import Home


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the trail."""

    id: int
    at: datetime
    who: str
    role: str
    action: str
    detail: dict[str, Any]


def record(home: Home, who: str, role: str, action: str, detail: Mapping[str, Any] | None = None) -> None:
    """Add one entry; it is on disk when this returns. Raises StorageError, and then the answer must not be given."""
    from privacy.state import audit_table, connect

    with connect(home) as connection:
        connection.execute(
            audit_table.insert().values(
                at=datetime.now(UTC).isoformat(),
                who=who,
                role=str(role),
                action=action,
                detail=json.dumps(dict(detail or {}), ensure_ascii=False, default=str),
            )
        )


def entries(home: Home, limit: int = 100) -> list[AuditEntry]:
    """The latest entries, newest first."""
    if not home.state.exists():
        return []
    from privacy.state import audit_table, connect

    with connect(home) as connection:
        rows = connection.execute(audit_table.select().order_by(audit_table.c.id.desc()).limit(limit))
        return [
            AuditEntry(
                row.id, datetime.fromisoformat(row.at), row.who, row.role, row.action, json.loads(row.detail)
            )
            for row in rows
        ]
