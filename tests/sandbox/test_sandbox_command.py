"""The sandbox as a child process, and the server that misbehaves on purpose."""

from __future__ import annotations

import ctypes
import json
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sandbox.faults import HUGE_ROBOTS_BYTES, Faults

_TGKILL = 234  # of x86-64: a signal for one thread of a process
SMALL = ["--users", "60", "--days", "7", "--seed", "3", "--end", "2026-09-01"]


@contextmanager
def served(ready: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command as a child, once it answers."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", *SMALL, "--ready-file", str(ready), *options]
    child = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield child
    finally:
        child.kill()
        child.wait()


def test_command_serves_until_told_to_stop(tmp_path: Path) -> None:
    ready, truth = tmp_path / "ready.json", tmp_path / "truth.jsonl"
    with served(ready, "--truth", str(truth), "--rate-limit", "300/300") as child:
        about = json.loads(ready.read_text("utf-8"))
        answer = httpx.get(f"{about['mastodon']}/api/v1/timelines/public?limit=2")
        assert answer.headers["x-ratelimit-limit"] == "300"
        assert len(answer.json()) == 2
        assert httpx.get(f"{about['discourse']}/latest.json").status_code == 200
        assert httpx.get(f"{about['keywords']}/index/terms").status_code == 200
        assert {b["name"] for b in about["brands"]} >= {"山野集", "远帐"}
        assert json.loads(truth.read_text("utf-8").splitlines()[0])["kind"] == "meta"
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the number of a system call of x86-64")
def test_a_signal_that_another_thread_takes_stops_it_too(tmp_path: Path) -> None:
    """As it happens where the process stood still when the signal came."""
    with served(tmp_path / "ready.json") as child:
        threads = {int(task.name) for task in Path(f"/proc/{child.pid}/task").iterdir()} - {child.pid}
        assert ctypes.CDLL(None).syscall(_TGKILL, child.pid, min(threads), signal.SIGTERM) == 0
        assert child.wait(20) == 0


def test_command_refuses_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "sandbox", "--port", port, *SMALL]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("sandbox: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("answer", "status"),
    [("500", 500), ("html", 200), ("truncated", 200), ("redirect-loop", 302), ("429", 429)],
)
def test_faulty_answers(answer: str, status: int) -> None:
    with Faults(answer=answer) as faulty:  # type: ignore[arg-type]
        got = httpx.get(f"{faulty.url}/api/v1/timelines/public?limit=40")
        assert got.status_code == status
        assert faulty.asked == ["/api/v1/timelines/public"]
        if status == 200:
            with pytest.raises(ValueError, match=r"Expecting|Unterminated|Invalid"):
                got.json()
        if answer == "redirect-loop":
            assert got.headers["location"] == f"{faulty.url}/api/v1/timelines/public?limit=40"


def test_cut_off_body() -> None:
    with Faults(answer="cut-off") as faulty, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{faulty.url}/api/v1/timelines/public")


def test_robots_in_bad_condition() -> None:
    with Faults(robots="huge") as faulty:
        text = httpx.get(f"{faulty.url}/robots.txt").text
        assert len(text) > HUGE_ROBOTS_BYTES - 100
        assert text.endswith("Disallow: /\n")
    with Faults(robots="500") as faulty:
        assert httpx.get(f"{faulty.url}/robots.txt").status_code == 500
    with Faults(robots="redirect-loop") as faulty, pytest.raises(httpx.TooManyRedirects):
        httpx.get(f"{faulty.url}/robots.txt", follow_redirects=True)
