"""Alerts of segments: webhooks and mail, what goes wrong with them, where nothing is sent."""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from audience.segments.alerts import alerts_of, watch
from audience.segments.compute import compute
from audience.segments.manage import save, show
from audience.segments.sending import Change, send
from privacy.errors import BadInputError
from privacy.home import Home
from tests.audience.audience_world import AS_OF, profiles
from tests.audience.segment_world import TAG, mined_again, segment_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return segment_home(tmp_path)


class Hook(BaseHTTPRequestHandler):
    """A webhook that keeps what it was told."""

    told: ClassVar[list[dict[str, Any]]]

    def do_POST(self) -> None:
        self.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def webhook(port: int = 0) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    class Fresh(Hook):
        told: ClassVar[list[dict[str, Any]]] = []

    server = HTTPServer(("127.0.0.1", port), Fresh)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/renqun", Fresh.told
    finally:
        server.shutdown()
        server.server_close()


def shrunk(home: Home) -> None:
    rows = profiles(400)
    for row in rows[:240]:
        row["tags"] = []
    mined_again(home, rows)


def test_a_webhook_is_told_once_when_a_segment_shrinks(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    before = compute(home, "甲").shown
    with webhook() as (url, told):
        watch(home, "甲", url, 0.2)
        compute(home, "甲")
        assert told == []
        shrunk(home)
        now = compute(home, "甲").shown
        compute(home, "甲")
    assert [(message["segment"], message["before"], message["now"]) for message in told] == [
        ("甲", before, now)
    ]


def test_an_alert_that_could_not_be_sent_is_shown_and_sent_later(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    compute(home, "甲")
    with webhook() as (url, _):
        port = int(url.split(":")[2].split("/")[0])
    watch(home, "甲", url, 0.2)
    shrunk(home)
    compute(home, "甲")
    assert "refused" in alerts_of(home, "甲")[0].error
    assert show(home, "甲").status == "ready"
    with webhook(port) as (_, told):
        compute(home, "甲")
    assert len(told) == 1
    assert alerts_of(home, "甲")[0].error == ""


def test_an_alert_that_could_not_be_sent_is_forgotten_where_the_size_is_as_before(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    compute(home, "甲")
    with webhook() as (url, _):
        pass
    watch(home, "甲", url, 0.2)
    shrunk(home)
    compute(home, "甲")
    [failed] = alerts_of(home, "甲")
    assert "refused" in failed.error
    mined_again(home, profiles(400))
    compute(home, "甲")
    assert alerts_of(home, "甲") == [failed.model_copy(update={"error": ""})]


def answering(answer: bytes) -> Iterator[str]:
    """The address of a server that gives one answer to one caller."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/renqun"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"nonsense\r\n\r\n", "nonsense"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "HTTP 500"),
        (b"HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n", "HTTP 302"),
    ],
)
def test_what_a_webhook_answers_wrongly_is_shown(home: Home, answer: bytes, told: str) -> None:
    save(home, "甲", f"tag:{TAG}")
    compute(home, "甲")
    shrunk(home)
    with contextmanager(answering)(answer) as url:
        watch(home, "甲", url, 0.2)
        compute(home, "甲")
    assert told in alerts_of(home, "甲")[0].error
    assert show(home, "甲").status == "ready"


def test_a_password_is_sent_to_a_mail_server_over_tls_alone(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STARTTLS before the login, the certificate checked; what has a meaning in an address is written with %."""
    done: list[tuple[Any, ...]] = []

    class Server:
        def __init__(self, host: str, port: int, timeout: float, context: Any = None) -> None:
            done.append(("open", host, port, context))

        def __enter__(self) -> Server:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def starttls(self, context: ssl.SSLContext) -> None:
            done.append(("starttls", context))

        def login(self, user: str, password: str) -> None:
            done.append(("login", user, password))

        def send_message(self, message: Any) -> None:
            done.append(("send", message["To"]))

    monkeypatch.setattr("smtplib.SMTP", Server)
    monkeypatch.setattr("smtplib.SMTP_SSL", Server)
    change = Change("甲", 100, 50, AS_OF)
    for scheme in ("smtp", "smtps"):
        monkeypatch.setenv("RENQUN_SMTP", f"{scheme}://me%40example.com:p%2Fw@mail.example.com:587")
        assert send("mailto:team@example.com", change) == ""
    steps = [step[0] for step in done]
    assert steps == ["open", "starttls", "login", "send", "open", "login", "send"]
    assert done[2] == done[5] == ("login", "me@example.com", "p/w")
    for context in (done[1][1], done[4][3]):
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_mail_is_sent_by_the_server_that_is_set(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from aiosmtpd.controller import Controller

    class Box:
        mails: ClassVar[list[Any]] = []

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            self.mails.append(envelope)
            return "250 OK"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Box(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        save(home, "甲", f"tag:{TAG}")
        compute(home, "甲")
        watch(home, "甲", "mailto:team@example.com", 0.2)
        shrunk(home)
        monkeypatch.delenv("RENQUN_SMTP", raising=False)
        compute(home, "甲")
        assert "RENQUN_SMTP" in alerts_of(home, "甲")[0].error
        monkeypatch.setenv("RENQUN_SMTP", f"smtp://127.0.0.1:{port}")
        compute(home, "甲")
    finally:
        controller.stop()
    assert [mail.rcpt_tos for mail in Box.mails] == [["team@example.com"]]
    assert b"\nDate: " in Box.mails[0].content
    assert alerts_of(home, "甲")[0].error == ""


@pytest.mark.parametrize(
    ("target", "by"),
    [
        ("ftp://x/y", 0.2),
        ("mailto:nobody", 0.2),
        ("https://x.example/", 0.0),
        ("mailto:a@b.cn\nBcc:c@d.cn", 0.2),
        ("https://x.example/a b", 0.2),
        ("http://169.254.169.254/latest", 0.2),
        ("http://2852039166/", 0.2),
        ("http://[fe80::1]:8080/", 0.2),
        ("http://[::ffff:169.254.169.254]/", 0.2),
        ("http://100.100.100.200/", 0.2),
    ],
)
def test_alerts_to_nowhere_or_for_nothing_are_refused(home: Home, target: str, by: float) -> None:
    save(home, "甲", "region:上海")
    with pytest.raises(BadInputError):
        watch(home, "甲", target, by)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_is_sent_where_a_name_leads_to_metadata(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    change = Change("甲", 100, 50, AS_OF)
    with webhook() as (url, told):
        assert send(url.replace("127.0.0.1", "localhost"), change) == ""
        monkeypatch.setattr("privacy.hosts._METADATA", (ipaddress.ip_network("127.0.0.0/8"),))
        named = url.replace("http://127.0.0.1", f"{scheme}://localhost")
        assert "link-local" in send(named, change)
    assert len(told) == 1
