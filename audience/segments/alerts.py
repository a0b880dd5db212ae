"""Who is told that a segment grew or shrank, and when.

Sizes are compared and told as they are shown: rounded, and hidden under k. A message that could not be sent is tried
again each time the segment is computed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from audience.segments import records
from audience.segments.answers import SegmentAlert
from audience.segments.records import alerts_table, opened
from audience.segments.sending import NO_WEBHOOK, Change, send
from privacy.audit import record
from privacy.disclosure import Role, require
from privacy.errors import BadInputError, NotFoundError
from privacy.free_text import refuse_unreadable
from privacy.home import Home
from privacy.hosts import is_metadata

_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+\Z")


def watch(
    home: Home, name: str, target: str, threshold: float, role: Role = Role.PLANNER, who: str = "local"
) -> SegmentAlert:
    """Tell ``target`` when the segment's size changes by the share ``threshold`` or more. Needs role planner.

    Raises BadInputError for another kind of target or a threshold outside 0.01 to 10, NotFoundError without a segment.
    """
    require(role, Role.PLANNER)
    records.get(home, name)
    _check(target, threshold)
    versions = records.versions(home, name)
    base = versions[-1].shown if versions else None
    with opened(home) as connection:
        connection.execute(_of(alerts_table.delete(), name, target))
        connection.execute(
            alerts_table.insert().values(
                name=name, target=target, threshold=threshold, base=base, sent_at="", error=""
            )
        )
    record(home, who, role, "segment.alert", {"segment": name, "target": target, "threshold": threshold})
    return SegmentAlert(target=target, threshold=threshold, base=base)


def unwatch(home: Home, name: str, target: str, role: Role = Role.PLANNER, who: str = "local") -> None:
    """Stop telling ``target``. Raises NotFoundError where it was not told."""
    require(role, Role.PLANNER)
    with opened(home) as connection:
        gone = connection.execute(_of(alerts_table.delete(), name, target)).rowcount
    if not gone:
        raise NotFoundError(
            f"The segment {name!r} has no alert to {target}.", "See: renqun segments show NAME"
        )
    record(home, who, role, "segment.unalert", {"segment": name, "target": target})


def alerts_of(home: Home, name: str) -> list[SegmentAlert]:
    """The alerts of a segment."""
    with opened(home) as connection:
        rows = connection.execute(alerts_table.select().where(alerts_table.c.name == name)).all()
    return [
        SegmentAlert(
            target=row.target,
            threshold=row.threshold,
            base=row.base,
            sent_at=datetime.fromisoformat(row.sent_at) if row.sent_at else None,
            error=row.error,
        )
        for row in rows
    ]


def tell(home: Home, name: str) -> list[SegmentAlert]:
    """Send the alerts that the segment's last version calls for; gives back those that were due."""
    versions = records.versions(home, name)
    due = []
    for alert in alerts_of(home, name):
        now = versions[-1].shown if versions else None
        if not versions or not _calls(alert, now):
            if alert.error:  # what could not be told is no longer so
                _note(home, name, alert, error="")
            continue
        error = send(alert.target, Change(name, alert.base, now, versions[-1].at))
        told = {} if error else {"base": now, "sent_at": datetime.now(UTC).isoformat()}
        _note(home, name, alert, error=error, **told)
        due.append(alert.model_copy(update={"error": error}))
    return due


def _note(home: Home, name: str, alert: SegmentAlert, **values: Any) -> None:
    with opened(home) as connection:
        connection.execute(_of(alerts_table.update(), name, alert.target).values(**values))


def _calls(alert: SegmentAlert, now: int | None) -> bool:
    if alert.base is None or now is None:
        return alert.base != now
    return abs(now - alert.base) >= alert.threshold * alert.base


def _check(target: str, threshold: float) -> None:
    refuse_unreadable(target, "the address")
    try:
        parts = urlsplit(target)
        web = parts.scheme in ("http", "https") and bool(parts.hostname)
        mail = parts.scheme == "mailto" and bool(_MAILBOX.match(unquote(parts.path)))
    except ValueError:  # brackets that close no address
        web = mail = False
    if not (web or mail) or re.search(r"\s", target):
        raise BadInputError(
            f"{target!r} is no place to send to.", "Give https://host/path or mailto:name@host."
        )
    if web and is_metadata(parts.hostname or ""):
        raise BadInputError(f"{target!r}: {NO_WEBHOOK}.", "Give the address of a server that takes messages.")
    if not 0.01 <= threshold <= 10:
        raise BadInputError("The change must be 1 % to 1000 %.", "For example 20%.")


def _of(statement: Any, name: str, target: str) -> Any:
    return statement.where(alerts_table.c.name == name, alerts_table.c.target == target)
