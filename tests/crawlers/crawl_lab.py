"""A sandbox served over HTTP in a child process, homes with its policies, and servers that misbehave."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from crawlers.registry import FRONTIER
from lake.store import Lake
from privacy.brands import Brand, BrandRole, write_brands
from privacy.home import Home
from privacy.policies import Policy, add_policy
from privacy.pseudonyms import Pseudonyms

KEPT = ("posts.*", "accounts.*", "edges.*", "keywords.*")


def policy(source: str, base_url: str, kind: str, **more: Any) -> Policy:
    """A fast policy entry for a server of a test."""
    pace = {"rate": 1000.0, "concurrency": 8, "delay": 0.0} | more
    basis = "synthetic data of a test"
    return Policy(
        source=source,
        base_url=base_url,
        kind=kind,
        licence_url="test:",
        legal_basis=basis,
        fields=KEPT,
        **pace,
    )


@dataclass
class Sandbox:
    """A running sandbox: where it answers and what it planted."""

    about: dict[str, Any]
    truth: list[dict[str, Any]]

    def home(self, root: Path, **pace: Any) -> Home:
        """A home with the sandbox's policies and brands."""
        home = Home(root)
        home.root.mkdir(parents=True, exist_ok=True)
        for kind in ("mastodon", "discourse", "keywords"):
            add_policy(home, policy(kind, self.about[kind], kind, **pace))
        write_brands(
            home,
            [
                Brand(brand["name"], BrandRole(brand["role"]), (f"mastodon:{brand['handle']}",))
                for brand in self.about["brands"]
            ],
        )
        return home

    def posts(self, home: Home, source: str, visible: bool) -> set[str]:
        """Pseudonyms of the planted posts of a source."""
        names = Pseudonyms.open(home)
        return {
            names.post(source, fact["native_id"])
            for fact in self.truth
            if fact["kind"] == "post" and fact["source"] == source and fact["visible"] is visible
        }


def serve_sandbox(folder: Path, *options: str) -> Iterator[Sandbox]:
    """Serve a sandbox in a child process until the generator is closed."""
    truth = folder / "truth.jsonl"
    for about in run_sandbox(folder, "--truth", str(truth), *options):
        yield Sandbox(about, [json.loads(line) for line in truth.read_text("utf-8").splitlines()])


def run_sandbox(folder: Path, *options: str) -> Iterator[dict[str, Any]]:
    """The same without reading what it planted: only where it answers."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--seed", "7", *options]
    process = subprocess.Popen([*command, "--ready-file", str(ready)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            if ready.exists() or process.poll() is not None:
                break
            threading.Event().wait(0.1)
        yield json.loads(ready.read_text("utf-8"))
    finally:
        process.terminate()
        process.wait()


_PARTS = ("scrapy.crawler", "polars", "deltalake", "crawlers.pipelines", "crawlers.spiders.mastodon")
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["crawlers.job", "crawlers.spiders.discourse", "crawlers.interrupted", *_PARTS])


def job(
    home: Home, spider: str, *parameters: str, source: str | None = None
) -> tuple[int, dict[str, Any], str]:
    """Run a crawl to its end in a process of its own, forked from one that has imported everything.

    Gives the exit code, the report (empty where there is none) and what it said to people.
    """
    arguments = ["--home", str(home.root), "--spider", spider, "--source", source or spider, *parameters]
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        child = _FORKS.Process(target=_run, args=(arguments, str(out), str(err), dict(os.environ)))
        child.start()
        child.join(120)
        if child.is_alive():
            child.kill()
            raise AssertionError(f"the crawl hangs: {err.read_text()}")
        lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
        report: dict[str, Any] = next((line["report"] for line in lines if "report" in line), {})
        return child.exitcode or 0, report, err.read_text("utf-8").strip()


def _run(arguments: list[str], out: str, err: str, environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)  # the fork server's is that of the first test
    sys.modules.pop("crawlers.settings", None)  # which reads the environment when it is imported
    from crawlers.job import main

    with open(out, "w", encoding="utf-8") as stdout, open(err, "w", encoding="utf-8") as stderr:
        sys.stdout, sys.stderr = stdout, stderr
        code = main(arguments)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    os._exit(code)


_KILLED = """
import os, signal, sys
from crawlers import job
when, name = sys.argv.pop(1), sys.argv.pop(1)
step = getattr(job, name)
def last(*arguments):
    if when == "after":
        step(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(job, name, last)
job.main()
"""


def killed_job(home: Home, spider: str, when: str, step: str, frontier: str | None = None) -> None:
    """A crawl that is killed ``before`` or ``after`` a step of ``crawlers.job``."""
    command = [sys.executable, "-c", _KILLED, when, step, "--home", str(home.root)]
    child = subprocess.run(
        [*command, "--spider", spider, "--source", spider],
        stdout=subprocess.DEVNULL,
        env={**os.environ, **({FRONTIER: frontier} if frontier else {})},
    )
    assert child.returncode == -signal.SIGKILL


def ids(home: Home, table: str = "posts", source: str | None = None) -> list[str]:
    """Ids in a table."""
    frame = Lake(home).read(table, ["id", "source"])
    return [row[0] for row in frame.iter_rows() if source in (None, row[1])]


def written(home: Home, source: str) -> list[str]:
    """Ids of the posts of a source that have words: all but plain boosts, which the pages of tracked accounts show."""
    posts = Lake(home).read("posts", ["id", "source", "text"])
    return [row[0] for row in posts.iter_rows() if row[1] == source and row[2] is not None]


Answer = Callable[["Visit"], None]


class Visit(BaseHTTPRequestHandler):
    """One request to a misbehaving server."""

    protocol_version = "HTTP/1.1"
    server: Faulty

    def do_GET(self) -> None:
        """Answer as the test says."""
        self.server.seen.append(self.path)
        self.server.agents.add(self.headers.get("User-Agent") or "")
        self.server.answer(self)

    def give(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            if name not in (headers or {}):
                self.send_header(name, value)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Faulty(ThreadingHTTPServer):
    """A server whose answers a test decides."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.answer = answer
        self.seen: list[str] = []
        self.agents: set[str] = set()

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.server_address[1]}"
