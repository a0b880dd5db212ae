"""Telling somebody that a segment grew or shrank: by a webhook (JSON over HTTP) or by e-mail (SMTP).

Sizes are compared and told as they are shown: rounded, and hidden under k. A message that could not be sent is tried
again each time the segment is computed.
"""

from __future__ import annotations

import json
import os
import re
import smtplib
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import SplitResult, unquote, urlsplit

from audience.segments import records
from audience.segments.answers import SegmentAlert
from audience.segments.records import alerts_table, opened
from privacy.audit import record
from privacy.disclosure import Role, require
from privacy.errors import BadInputError, NotFoundError
from privacy.home import Home
from privacy.hosts import is_loopback, reaches_metadata

_SECONDS = 10
_NO_WEBHOOK = "nothing is sent to link-local addresses or a cloud's metadata"
_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+\Z")


@dataclass(frozen=True, slots=True)
class Change:
    """What an alert says; sizes as they are shown, None where hidden."""

    segment: str
    before: int | None
    now: int | None
    at: datetime

    @property
    def line(self) -> str:
        """In one line, for people."""
        return f"{self.segment}: {_people(self.before)} -> {_people(self.now)}"


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
            continue
        error = send(alert.target, Change(name, alert.base, now, versions[-1].at))
        values: dict[str, Any] = {"error": error}
        if not error:
            values |= {"base": now, "sent_at": datetime.now(UTC).isoformat()}
        with opened(home) as connection:
            connection.execute(_of(alerts_table.update(), name, alert.target).values(**values))
        due.append(alert.model_copy(update={"error": error}))
    return due


def _calls(alert: SegmentAlert, now: int | None) -> bool:
    if alert.base is None or now is None:
        return alert.base != now
    return abs(now - alert.base) >= alert.threshold * alert.base


def send(target: str, change: Change) -> str:
    """Send one message; gives back why it could not be sent, or nothing."""
    try:
        _mail(unquote(urlsplit(target).path), change) if target.startswith("mailto:") else _post(
            target, change
        )
    except HTTPError as error:
        return f"HTTP {error.code} {error.reason}"
    except (OSError, HTTPException, smtplib.SMTPException, ValueError) as error:
        return str(getattr(error, "reason", None) or error) or type(error).__name__
    return ""


def _post(url: str, change: Change) -> None:
    body = {
        "segment": change.segment,
        "before": change.before,
        "now": change.now,
        "at": change.at.isoformat(),
        "text": change.line,
    }
    if reaches_metadata(urlsplit(url).hostname or ""):
        raise ValueError(_NO_WEBHOOK)
    request = urllib.request.Request(
        url,
        data=json.dumps(body, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "renqun"},
        method="POST",
    )
    with urllib.request.build_opener(_NoRedirect).open(request, timeout=_SECONDS):
        pass


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Where a message is sent on, it would arrive without its body: that is a failure."""

    def redirect_request(self, *_: Any) -> None:
        """Go nowhere else."""


def _mail(address: str, change: Change) -> None:
    """By the server of ``RENQUN_SMTP`` (smtp://host:port, smtps://user:password@host:port)."""
    server = os.environ.get("RENQUN_SMTP", "")
    parts = urlsplit(server)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("RENQUN_SMTP names no mail server; set it to smtp://host:port")
    message = EmailMessage()
    message["Subject"] = f"renqun: {change.line}"
    message["From"] = os.environ.get("RENQUN_MAIL_FROM", f"renqun@{parts.hostname}")
    message["To"] = address
    message["Date"] = change.at
    message.set_content(f"{change.line}\n{change.at.isoformat()}\n")
    with _server(parts, parts.hostname) as smtp:
        smtp.send_message(message)


@contextmanager
def _server(parts: SplitResult, host: str) -> Iterator[smtplib.SMTP]:
    """The mail server, logged in to where the address has a login: over TLS, on this machine also without."""
    trust = ssl.create_default_context()
    if parts.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 0, timeout=_SECONDS, context=trust)
    else:
        smtp = smtplib.SMTP(host, parts.port or 0, timeout=_SECONDS)
    with smtp:
        if parts.username:
            if parts.scheme == "smtp" and not is_loopback(host):
                smtp.starttls(context=trust)
            smtp.login(unquote(parts.username), unquote(parts.password or ""))
        yield smtp


def _check(target: str, threshold: float) -> None:
    parts = urlsplit(target)
    web = parts.scheme in ("http", "https") and bool(parts.hostname)
    mail = parts.scheme == "mailto" and bool(_MAILBOX.match(unquote(parts.path)))
    if not (web or mail) or re.search(r"\s", target):
        raise BadInputError(
            f"{target!r} is no place to send to.", "Give https://host/path or mailto:name@host."
        )
    if web and reaches_metadata(parts.hostname or "", by_name=False):
        raise BadInputError(
            f"{target!r}: {_NO_WEBHOOK}.", "Give the address of a server that takes messages."
        )
    if not 0.01 <= threshold <= 10:
        raise BadInputError("The change must be 1 % to 1000 %.", "For example 20%.")


def _of(statement: Any, name: str, target: str) -> Any:
    return statement.where(alerts_table.c.name == name, alerts_table.c.target == target)


def _people(size: int | None) -> str:
    return "under the smallest size shown" if size is None else f"{size:,} people"
