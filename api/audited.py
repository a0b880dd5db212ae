"""The audit trail read: who saw members, evidence or exports, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from audience.window import moment
from privacy import audit
from privacy.disclosure import Role, require
from privacy.errors import BadInputError
from privacy.home import Home

_LAST_ID = 2**63 - 1  # SQLite counts no further


class AuditRow(BaseModel):
    """One entry of the trail."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    who: str = Field(description="the API key's name; local: this machine, without a key")
    role: str = Field(description="as whom they acted")
    action: str
    detail: dict[str, Any] = Field(description="what was asked and how much was told, by the action")


def audit_trail(
    home: Home,
    role: Role,
    reader: str = "local",
    limit: int = 50,
    *,
    who: str | None = None,
    action: str | None = None,
    since: str | None = None,
    until: str | None = None,
    before: int | None = None,
) -> list[AuditRow]:
    """The latest entries, newest first; ``since`` and ``until`` as `audience.window.moment` reads them.

    Needs the role admin, and is an entry itself. Raises BadInputError for what is no time, or no entry's id.
    """
    require(role, Role.ADMIN)
    if before is not None and before > _LAST_ID:
        raise BadInputError(f"there is no entry {before}", "before takes the id of an entry that was shown")
    now = datetime.now(UTC)
    span = {name: moment(text, now) for name, text in (("since", since), ("until", until)) if text}
    rows = audit.entries(home, limit, who=who, action=action, before=before, **span)
    asked = {"who": who, "action": action, "since": since, "until": until, "before": before}
    detail = {name: value for name, value in asked.items() if value is not None}
    audit.record(home, reader, role, "audit", {**detail, "shown": len(rows)})
    return [AuditRow.model_validate(row) for row in rows]
