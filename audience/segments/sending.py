"""Telling of a change: by a webhook (JSON over HTTP) or by e-mail (SMTP)."""

from __future__ import annotations

import json
import os
import smtplib
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.error import HTTPError
from urllib.parse import SplitResult, unquote, urlsplit

from privacy.hosts import is_loopback, is_metadata

NO_WEBHOOK = "nothing is sent to link-local addresses or a cloud's metadata"
_SECONDS = 10


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
    request = urllib.request.Request(
        url,
        data=json.dumps(body, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "renqun"},
        method="POST",
    )
    with urllib.request.build_opener(_NoRedirect, _Guarded, _GuardedTLS).open(request, timeout=_SECONDS):
        pass


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Where a message is sent on, it would arrive without its body: that is a failure."""

    def redirect_request(self, *_: Any) -> None:
        """Go nowhere else."""


class _Connection(HTTPConnection):
    """Tells nothing to a cloud's metadata: looked at once connected, since a name may lead elsewhere each time."""

    def connect(self) -> None:
        """Connect. Raises ValueError where the name led to such an address."""
        super().connect()
        if is_metadata(str(self.sock.getpeername()[0])):
            self.close()
            raise ValueError(NO_WEBHOOK)


class _ConnectionTLS(HTTPSConnection, _Connection):
    """The same, and after that over TLS."""


class _Guarded(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_Connection, req)


class _GuardedTLS(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_ConnectionTLS, req)


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


def _people(size: int | None) -> str:
    return "under the smallest size shown" if size is None else f"{size:,} people"
