"""Saved segments: versions, changes with their reasons, frozen members in queries, dependents, alerts, failures."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from rich.console import Console

import audience.segments.compute
from api.app import create_app
from api.keys import add_key
from api.render.segments import changes_view
from api.segment_run import start
from audience.errors import BadQueryError
from audience.index.build import build
from audience.index.opened import open_index
from audience.query.text import parse
from audience.search.ask import search
from audience.search.read import read_query
from audience.segments import records
from audience.segments.alerts import Change, alerts_of, send, watch
from audience.segments.answers import GONE, SegmentAnswer
from audience.segments.changes import changes
from audience.segments.compute import compute, compute_dynamic
from audience.segments.manage import combined, delete, edit, every, save, show
from audience.segments.members import members_of
from audience.segments.shared import segment_overlap
from lake.schemas import PROFILES
from lake.store import Lake
from privacy.audit import entries
from privacy.disclosure import Role
from privacy.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError, UnavailableError
from privacy.home import Home
from privacy.optouts import block
from tests.audience.audience_world import AS_OF, Reference, profiles, tags, write_world

TAG = tags()[0]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = write_world(tmp_path, profiles(400))
    (made.models).mkdir(parents=True)
    (made.models / "state.json").write_text(json.dumps({"as_of": AS_OF.isoformat()}))
    build(made)
    return made


def mined_again(home: Home, rows: list[dict[str, Any]]) -> None:
    """As ``renqun mine`` leaves it: new profiles, a new index."""
    Lake(home).replace("profiles", pa.Table.from_pylist(rows, schema=PROFILES.schema))
    build(home)


def found(home: Home, query: str) -> set[str]:
    return {member.person_id for member in search(home, query, limit=1000).members}


def test_a_segment_is_asked_for_by_name_and_follows_its_query(home: Home) -> None:
    save(home, "露营客", f"tag:{TAG}", note="秋季", who="gao")
    assert show(home, "露营客").status == "new"
    version = compute(home, "露营客")
    one = show(home, "露营客")
    assert (one.status, one.owner, one.note, one.total) == ("ready", "gao", "秋季", version.shown)
    assert set(members_of(home, "露营客", 1)) == set(Reference(profiles(400)).matches(parse(f"tag:{TAG}")))
    assert found(home, "segment:露营客 region:上海") == found(home, f"tag:{TAG} region:上海")
    assert found(home, "-segment:露营客") == found(home, f"-tag:{TAG}")
    edit(home, "露营客", query=f"tag:{TAG}>=5")
    assert found(home, "segment:露营客") == found(home, f"tag:{TAG}>=5")


def test_frozen_members_stay_until_they_are_computed_again(home: Home) -> None:
    save(home, "老客", f"tag:{TAG}", frozen=True)
    compute(home, "老客")
    before = found(home, "segment:老客")
    assert before == found(home, f"tag:{TAG}")
    rows = profiles(400)
    for row in rows[:200]:
        row["tags"] = [entry for entry in row["tags"] if entry["tag"] != TAG]
    mined_again(home, rows)
    assert found(home, "segment:老客") == before
    assert found(home, f"tag:{TAG}") < before
    assert compute(home, "老客").version == 2
    assert found(home, "segment:老客") == found(home, f"tag:{TAG}")


def test_who_joined_and_left_is_told_with_the_reason_to_planners(home: Home) -> None:
    save(home, "近客", f"tag:{TAG} -region:北京")
    compute(home, "近客")
    rows = profiles(400)
    members = [row for row in rows if row["person_id"] in set(members_of(home, "近客", 1))]
    loses, moves, opts_out = (row for row in members[:6:2])
    loses["tags"] = []
    moves["region"] = "北京"
    comes = next(
        row for row in rows if not any(e["tag"] == TAG for e in row["tags"]) and row["region"] == "上海"
    )
    comes["tags"] = [{"tag": TAG, "level": 9, "weight": 1.0, "posts": 3, "evidence": []}]
    mined_again(home, rows)
    block(home, [opts_out["person_id"]])
    compute(home, "近客")
    told = changes(home, "近客", who="gao")
    joined = {member.person_id: member.why for member in told.who_joined}
    left = {member.person_id: member.why for member in told.who_left}
    assert joined[comes["person_id"]] == [f"tag:{TAG}", "-region:北京"]
    assert left[loses["person_id"]] == [f"tag:{TAG}"]
    assert left[moves["person_id"]] == ["-region:北京"]
    assert opts_out["person_id"] not in left  # gone from the snapshot, too
    assert entries(home)[0].action == "segment.changes"
    with pytest.raises(ForbiddenError):
        changes(home, "近客", role=Role.ANALYST)
    with pytest.raises(BadInputError, match="versions 7 and 8"):
        changes(home, "近客", since=7, until=8)


def test_who_is_linked_to_another_account_stays_a_member(home: Home) -> None:
    """A person is named by the smallest account: one that is linked to a smaller one gets another name."""
    for name, frozen in (("老客", True), ("近客", False)):
        save(home, name, f"tag:{TAG}", frozen=frozen)
        compute(home, name)
    members = members_of(home, "老客", 1).sort()
    rows = profiles(400)
    alone = {row["account_id"] for row in rows if row["account_id"] == row["person_id"]}
    renamed = members[-1]
    smaller = min(alone - {renamed} - set(members))
    for row in rows:
        if row["person_id"] == renamed:
            row["person_id"] = smaller
    mined_again(home, rows)
    expected = {*members, smaller} - {renamed}
    assert set(found_exactly(home, "segment:老客")) == set(members_of(home, "老客", 1)) == expected
    version = compute(home, "近客")
    assert (version.joined, version.left) == (0, 0)


def test_people_who_are_no_longer_known_left_for_that(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    compute(home, "甲")
    gone = members_of(home, "甲", 1)[0]
    mined_again(home, [row for row in profiles(400) if row["person_id"] != gone])
    compute(home, "甲")
    told = changes(home, "甲")
    assert {m.person_id: m.why for m in told.who_left}[gone] == [GONE]
    console = Console(file=io.StringIO(), width=200, record=True)
    console.print(changes_view(told))
    assert f"   {GONE}" in console.export_text()


def test_a_version_under_k_is_told_neither_by_its_people_nor_by_those_who_joined_since(home: Home) -> None:
    few = next(
        text
        for region in ("上海", "北京", "广东")
        for level in range(2, 11)
        if 0 < len(found_exactly(home, text := f"region:{region} tag:{TAG}>={level}")) < 20
    )
    save(home, "甲", few)
    assert compute(home, "甲").shown is None
    edit(home, "甲", "-region:上海")
    assert compute(home, "甲").shown
    told = changes(home, "甲", since=1, until=2)
    assert (told.hidden, told.joined, told.left) == (True, None, None)
    assert (told.who_joined, told.who_left) == ([], [])
    newest = show(home, "甲").versions[0]
    assert (newest.joined, newest.left) == (None, None)


def found_exactly(home: Home, query: str) -> list[str]:
    """Who meets a query, below the disclosure layer."""
    index = open_index(home)
    _, resolved = read_query(index, query, 2)
    return [
        hit.row["person_id"] for hit in index.engine.everyone(resolved, index.scope(), listable_only=False)
    ]


def test_a_segment_whose_query_can_no_longer_be_read_hides_no_other(home: Home) -> None:
    save(home, "甲", "region:上海")
    save(home, "乙", "segment:甲")
    records.change(home, "甲", query="region:上海 (")
    assert [one.name for one in every(home)] == ["乙", "甲"]
    assert "missing" in show(home, "甲").message
    delete(home, "乙")
    delete(home, "甲")


def test_segments_are_shown_while_the_engine_is_away(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    save(home, "甲", "region:上海")
    compute(home, "甲")

    def away(*_: object) -> None:
        raise UnavailableError("Elasticsearch does not answer")

    monkeypatch.setattr("audience.segments.manage.explain", away)
    (one,) = every(home)
    assert (one.reading, one.status, one.message) == (
        "在上海的人",
        "ready",
        "Elasticsearch does not answer",
    )
    assert one.total == one.versions[0].total
    with pytest.raises(UnavailableError):
        save(home, "乙", "region:上海")


def test_segments_of_segments(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    save(home, "乙", "region:上海")
    save(home, "丙", combined(["甲"], [], ["乙"]))
    assert found(home, "segment:丙") == found(home, f"tag:{TAG} -region:上海")
    assert show(home, "甲").used_by == ["丙"]
    with pytest.raises(ConflictError, match="used by 丙"):
        delete(home, "甲")
    with pytest.raises(BadQueryError, match="made of itself"):
        edit(home, "甲", query="segment:丙 region:上海")
    with pytest.raises(BadQueryError, match="made of itself"):
        save(home, "丁", "segment:丁")
    delete(home, "丙")
    delete(home, "甲")
    assert [one.name for one in every(home)] == ["乙"]
    with pytest.raises(BadQueryError, match="no segment"):
        search(home, "segment:甲")


def test_overlap_is_rounded_and_hides_small_parts(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    save(home, "乙", "region:上海")
    save(home, "小", f"tag:{TAG}>=9 region:上海 follows:山野集")
    answer = segment_overlap(home, ["甲", "乙", "小"])
    assert answer.sizes["小"] is None
    by_names = {(pair.first, pair.second): pair for pair in answer.pairs}
    assert by_names["甲", "小"].jaccard is None
    assert (answer.sizes["甲"] or 0) % 5 == 0
    with pytest.raises(NotFoundError):
        segment_overlap(home, ["甲", "没有"])
    with pytest.raises(BadInputError):
        segment_overlap(home, ["甲"])


@pytest.mark.parametrize("name", ["", "a b", "a@1", "x" * 41, '"', "抑郁症"])
def test_names_that_cannot_be_written_or_tell_too_much_are_refused(home: Home, name: str) -> None:
    with pytest.raises(BadInputError):
        save(home, name, "region:上海")


def test_a_failure_is_shown_and_does_not_stick(home: Home) -> None:
    save(home, "甲", "community:c1")
    save(home, "乙", "region:上海")
    rows = profiles(400)
    for row in rows:
        row["community"] = None
    mined_again(home, rows)
    outcome = compute_dynamic(home)
    assert (outcome["乙"], bool(outcome["甲"])) == ("", True)
    one = show(home, "甲")
    assert (one.status, one.message) == ("failed", outcome["甲"])
    mined_again(home, profiles(400))
    compute(home, "甲")
    assert show(home, "甲").status == "ready"


def test_a_killed_computation_is_failed_not_stuck(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    code = (
        "import os, signal, sys; from pathlib import Path; from privacy.home import Home;"
        "from audience.segments import records; home = Home(Path(sys.argv[1]));"
        "held = records.claim(home, '甲'); records.begin(home, '甲'); print('begun', flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(home.root)], capture_output=True, text=True, check=False
    )
    assert child.stdout.strip() == "begun"
    one = show(home, "甲")
    assert (one.status, one.message) == ("failed", records.INTERRUPTED)
    compute(home, "甲")
    assert show(home, "甲").status == "ready"


def settled(home: Home, name: str) -> SegmentAnswer:
    """The segment once nobody computes it."""
    until = time.monotonic() + 60
    while show(home, name).status == "computing" and time.monotonic() < until:
        time.sleep(0.05)
    return show(home, name)


def test_a_started_computation_shows_from_the_start_and_is_not_stuck_when_killed(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    save(home, "甲", f"tag:{TAG}")
    compute(home, "甲")
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 120\n")
    slow.chmod(0o700)
    monkeypatch.setattr("api.segment_run.sys.executable", str(slow))
    start(home, "甲", Role.PLANNER, "gao")
    assert show(home, "甲").status == "computing"
    with pytest.raises(ConflictError, match="computing the segment") as told:
        compute(home, "甲")
    pid = int(told.value.message.split()[1])
    assert pid != os.getpid()
    os.kill(pid, signal.SIGKILL)
    one = settled(home, "甲")
    assert (one.status, one.message) == ("failed", records.INTERRUPTED)
    assert compute(home, "甲").version == 2


def test_a_started_computation_is_audited_under_the_name_of_the_key(home: Home) -> None:
    save(home, "-甲", f"tag:{TAG}")
    headers = {"Authorization": f"Bearer {add_key(home, 'gao', Role.ADMIN)}"}
    asked = TestClient(create_app(home), base_url="http://127.0.0.1", headers=headers)
    answer = asked.post("/v1/segments/-甲/compute")
    assert (answer.status_code, answer.json()["status"]) == (202, "computing")
    assert settled(home, "-甲").status == "ready"
    last = entries(home)[0]
    assert (last.action, last.who, last.role) == ("segment", "gao", "admin")


def test_nobody_computes_or_deletes_what_another_one_computes(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    held = records.claim(home, "甲")
    records.begin(home, "甲")
    assert show(home, "甲").status == "computing"
    start(home, "甲", Role.PLANNER, "gao")
    with pytest.raises(ConflictError, match=f"{os.getpid()} is computing"):
        compute(home, "甲")
    with pytest.raises(ConflictError, match="being computed"):
        delete(home, "甲")
    held.release()
    one = show(home, "甲")  # whatever process has its number now
    assert (one.status, one.message) == ("failed", records.INTERRUPTED)


@pytest.mark.parametrize("first", [f"tag:{TAG}", "community:c1"])
def test_what_is_changed_while_it_is_computed_is_computed_too(
    home: Home, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    save(home, "甲", first)
    rows = profiles(400)
    for row in rows:
        row["community"] = None  # the second query can no longer be read
    mined_again(home, rows)
    snapshot, changed = audience.segments.compute._snapshot, list[SegmentAnswer]()

    def edited_meanwhile(*given: Any) -> Any:
        if not changed:
            changed.append(edit(home, "甲", query=f"tag:{TAG}>=5", frozen=True))
            start(home, "甲", Role.PLANNER, "gao")  # as over HTTP
        return snapshot(*given)

    monkeypatch.setattr("audience.segments.compute._snapshot", edited_meanwhile)
    version = compute(home, "甲")
    one = show(home, "甲")
    assert (one.status, one.message, version.query) == ("ready", "", f"tag:{TAG}>=5")
    assert [kept.query for kept in one.versions] == [f"tag:{TAG}>=5", first][: version.version]
    assert found(home, "segment:甲") == found(home, f"tag:{TAG}>=5")


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


def test_nothing_is_sent_where_a_name_leads_to_link_local_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    change = Change("甲", 100, 50, AS_OF)
    with webhook() as (url, told):
        assert send(url, change) == ""
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("169.254.169.254", 0))])
        assert "link-local" in send("http://harmless.example/renqun", change)
    assert len(told) == 1


def test_members_of_ten_versions_are_kept(home: Home) -> None:
    save(home, "甲", "region:上海")
    for _ in range(11):
        compute(home, "甲")
    assert len(members_of(home, "甲", 1)) == 0
    assert len(members_of(home, "甲", 2)) == len(members_of(home, "甲", 11)) > 0
    assert [version.version for version in show(home, "甲").versions] == list(range(11, 0, -1))


def test_nobody_below_planner_saves_or_deletes(home: Home) -> None:
    save(home, "甲", "region:上海")
    for act in (
        lambda: save(home, "乙", "region:上海", role=Role.ANALYST),
        lambda: delete(home, "甲", role=Role.ANALYST),
        lambda: edit(home, "甲", note="x", role=Role.ANALYST),
        lambda: compute(home, "甲", role=Role.ANALYST),
        lambda: watch(home, "甲", "https://x.example/", 0.2, role=Role.ANALYST),
    ):
        with pytest.raises(ForbiddenError):
            act()


def test_snapshots_are_taken_as_of_mining(home: Home) -> None:
    save(home, "甲", "active:30d")
    version = compute(home, "甲")
    assert version.as_of == AS_OF
    assert version.at - AS_OF > timedelta(0)
    assert os.stat(home.state).st_mode & 0o077 == 0
